//! URL terms of a filter that is known before anything is loaded: answered while the packed texts go by, of which only
//! the hits are kept. Knows nothing of how they are loaded.

use super::bitmap::Bitmap;
use super::columns::BLOCK;
use super::joins::Joins;
use super::parts::{Part, folding};
use super::scan::Scans;
use super::texts::{Entries, Texts};
use super::view::View;
use crate::model::Dictionary;
use crate::query::{Field, Filter, Has, Term, Value};

/// Whose URLs they are, and which of them match.
#[derive(Debug, Clone)]
pub(super) struct Sieve {
    pub(super) joins: Joins,
    pub(super) sifted: Sifted,
}

/// The URLs that match each term.
#[derive(Debug, Clone, Default)]
pub(super) struct Sifted {
    /// The matching entries of the full blocks, each by its number less one.
    terms: Vec<(Term, Bitmap)>,
    blocks: usize,
    /// Entries behind the last full block.
    rest: Texts,
}

impl Sieve {
    /// For a filter that asks about URLs, and nothing but what a sieve can answer.
    pub(super) fn for_filter(filter: &Filter) -> Option<Sieve> {
        let mut sifted = Sifted::default();
        let mut asks = false;
        let needs_texts = filter.any_term(true, &mut |term, _| {
            if !Part::of(term).contains(&Part::Urls) {
                return false;
            }
            asks = true;
            if term.field != Field::Has && !sifted.terms.iter().any(|(known, _)| known == term) {
                sifted.terms.push((term.clone(), Bitmap::default()));
            }
            // Where looking at a text costs more than reading it, the other terms had better be asked first.
            !scans(term).are_quick()
        });
        let joins = Joins::new(|row| &row.urls);
        (asks && !needs_texts).then_some(Sieve { joins, sifted })
    }

    /// Whether it needs no more to answer a term.
    pub(super) fn answers(&self, term: &Term) -> bool {
        match term.field {
            Field::Has => term.values.contains(&Value::Has(Has::Url)),
            _ => self.sifted.terms.iter().any(|(known, _)| known == term),
        }
    }
}

impl Sifted {
    /// Nobody asks about texts.
    pub(super) fn is_idle(&self) -> bool {
        self.terms.is_empty()
    }

    /// The entries that match a term, each by its number less one.
    pub(super) fn hits(&self, term: &Term) -> Option<Bitmap> {
        let (_, hits) = self.terms.iter().find(|(known, _)| known == term)?;
        let mut hits = hits.clone();
        look_through(term, &self.rest, self.blocks, &mut hits);
        Some(hits)
    }
}

impl Entries for Sifted {
    fn len(&self) -> usize {
        self.blocks * BLOCK + self.rest.len()
    }

    fn push_block(&mut self, block: Texts<&[u8]>) {
        self.terms.iter_mut().for_each(|(term, hits)| look_through(term, &block, self.blocks, hits));
        self.blocks += 1;
    }

    fn push(&mut self, text: &str) {
        self.rest.push_with(|out| folding(Dictionary::Url).write(text, out));
        if self.rest.len() == BLOCK {
            let block = std::mem::take(&mut self.rest);
            self.push_block(block.borrowed());
        }
    }
}

/// Adds the hits of a block.
fn look_through<B: AsRef<[u8]>>(term: &Term, block: &Texts<B>, number: usize, hits: &mut Bitmap) {
    hits.resize(number * BLOCK + block.len());
    let words = hits.words_mut().get_mut(number * BLOCK / 64..).unwrap_or_default();
    scans(term).look_through(block, None, words);
}

fn scans(term: &Term) -> Scans<'_> {
    Scans::new(term, View::of(term.field))
}
