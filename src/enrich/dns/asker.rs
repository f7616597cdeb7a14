//! Resolver and kept answers together: what everybody asks who wants to know something from DNS.

use super::{Answer, Data, Question, Resolver};
use crate::model::clock::{self, Seconds};
use crate::model::{Cache, Cached, Fact, Finding};
use std::collections::HashMap;

/// Who said it, until somebody who knows better names himself.
const FROM: &str = "DNS";

/// Asks what is not known yet. Nothing is asked twice within its time; an old answer stands in where none can be had.
pub struct Asker<'a> {
    /// None: nobody is asked.
    resolver: Option<&'a Resolver>,
    cache: &'a dyn Cache,
    /// Answers older than this are asked again, however long they hold.
    not_before: Seconds,
    cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Asker<'a> {
    /// Without a resolver only kept answers are given, however old. `refresh` asks again what was kept before now.
    pub fn new(
        resolver: Option<&'a Resolver>,
        cache: &'a dyn Cache,
        refresh: bool,
        cancelled: &'a dyn Fn() -> bool,
    ) -> Asker<'a> {
        let not_before = if refresh { clock::now() } else { Seconds::MIN };
        Asker { resolver, cache, not_before, cancelled }
    }

    /// Where answers are kept, for those who keep more than single answers.
    pub fn cache(&self) -> &dyn Cache {
        self.cache
    }

    /// Answers older than this are asked again, however long they hold.
    pub fn not_before(&self) -> Seconds {
        self.not_before
    }

    /// The work is to end.
    pub fn cancelled(&self) -> bool {
        (self.cancelled)()
    }

    /// The servers can be asked, or nobody is to be: in both cases asking makes sense.
    ///
    /// # Errors
    /// A sentence when no server answers, for the first question of a run.
    pub fn reachable(&self) -> Result<(), String> {
        self.resolver.map_or(Ok(()), |resolver| resolver.reachable(self.cancelled))
    }

    /// The answers in the order of the questions. One that is over its time (`until`) was the last that could be had.
    pub fn ask(&self, questions: &[Question]) -> Vec<Fact<Vec<Data>>> {
        let now = clock::now();
        let mut facts: HashMap<&str, Option<Fact<Vec<Data>>>> = HashMap::with_capacity(questions.len());
        let mut open: Vec<Question> = vec![];
        for question in questions {
            if facts.contains_key(question.key.as_str()) {
                continue;
            }
            let kept = self.cache.get(&question.key).and_then(from_cache);
            let is_fresh = |fact: &Fact<_>| fact.until > now && fact.at >= self.not_before;
            if !kept.as_ref().is_some_and(is_fresh) {
                open.push(question.clone());
            }
            facts.insert(&question.key, kept);
        }
        for (question, answer) in open.iter().zip(self.resolve(&open)) {
            let Some(kept) = facts.get_mut(question.key.as_str()) else { continue };
            let now = clock::now();
            match answer.finding {
                Finding::Unknown(_) if kept.is_some() => {}
                Finding::Unknown(why) => *kept = Some(unknown(why, now)),
                finding => {
                    let seconds = answer.ttl.clamp(*question.kept.start(), *question.kept.end());
                    let until = now.saturating_add(seconds.into());
                    let fact = Fact { finding, from: FROM.to_owned(), at: now, until };
                    if let Some(cached) = to_cache(&fact) {
                        self.cache.put(&question.key, cached);
                    }
                    *kept = Some(fact);
                }
            }
        }
        let fact = |question: &Question| facts.get(question.key.as_str()).cloned().flatten();
        let unasked = || unknown("not asked".to_owned(), now);
        questions.iter().map(|question| fact(question).unwrap_or_else(unasked)).collect()
    }

    /// Nobody is asked: there are only kept answers.
    pub fn is_offline(&self) -> bool {
        self.resolver.is_none()
    }

    /// An answer turned out to say nothing about its question: it is asked again the next time.
    pub fn distrust(&self, question: &Question) {
        if let Some(kept) = self.cache.get(&question.key) {
            let until = kept.at.min(kept.until);
            self.cache.put(&question.key, Cached { until, ..kept });
        }
    }

    fn resolve(&self, questions: &[Question]) -> Vec<Answer> {
        match self.resolver {
            Some(resolver) => resolver.ask(questions, self.cancelled),
            None => {
                let why = "not kept from before, and nobody is asked (offline)";
                questions.iter().map(|_| Answer::unknown(why.to_owned())).collect()
            }
        }
    }
}

fn unknown(why: String, now: Seconds) -> Fact<Vec<Data>> {
    Fact { finding: Finding::Unknown(why), from: FROM.to_owned(), at: now, until: now }
}

/// What is not known is not kept: it has to be asked again.
fn to_cache(fact: &Fact<Vec<Data>>) -> Option<Cached> {
    if !fact.finding.is_known() {
        return None;
    }
    let value = serde_json::to_string(&fact.finding).ok()?;
    Some(Cached { value, at: fact.at, until: fact.until })
}

/// What was kept in other words than today's is not known.
fn from_cache(cached: Cached) -> Option<Fact<Vec<Data>>> {
    let finding = serde_json::from_str(&cached.value).ok()?;
    Some(Fact { finding, from: FROM.to_owned(), at: cached.at, until: cached.until })
}
