//! Block lists: those that the program knows, and what the file says about them and about own ones. Asks none.

use super::file::{Code, File, List};
use super::location::Step::{self, Item, Key, Named};
use super::secret::Credential;
use super::validate::{Check, meant};
use super::values;
use crate::model::{BlockList, ListCode, ListSubject};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, HashSet};
use std::net::Ipv4Addr;

/// Those that the program knows, as a user would write them.
const KNOWN: &str = include_str!("../../assets/lists.toml");
const KEY_PLACE: &str = BlockList::KEY_PLACE;

/// A list that is asked, and where its key comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedList {
    /// The list.
    pub list: BlockList,
    /// Its key, where its zone has a place for one.
    pub key: Option<Credential>,
}

impl Check<'_> {
    /// The lists that are asked: those that `use` names, then own ones.
    pub fn lists(&mut self, file: &File) -> Vec<UsedList> {
        let known: Vec<List> = toml::from_str::<File>(KNOWN).map(|file| file.list).unwrap_or_default();
        let mut names = HashSet::new();
        for (index, list) in file.list.iter().enumerate() {
            let at = [Key("list"), Item(index)];
            if list.name.is_empty() {
                self.problem(&at, "a [[list]] needs a 'name'");
            } else if !names.insert(list.name.as_str()) {
                self.problem(
                    &[at[0].clone(), at[1].clone(), Key("name")],
                    format!("two lists are named '{}'", list.name),
                );
            }
        }
        let written = |name: &str| file.list.iter().position(|list| list.name == name);
        let mut all: Vec<(UsedList, Vec<Step>)> = vec![];
        for (index, name) in file.lists.used.iter().enumerate() {
            let place = vec![Key("lists"), Key("use"), Item(index)];
            let own = written(name);
            let Some(base) = known.iter().find(|list| list.name == *name) else {
                if own.is_none() {
                    let names: Vec<&str> = known.iter().chain(&file.list).map(|l| l.name.as_str()).collect();
                    self.problem(
                        &place,
                        format!("'{}' is no list{}", name.escape_debug(), meant(name, &names)),
                    );
                }
                continue;
            };
            if all.iter().any(|(used, _)| used.list.name == *name) {
                self.problem(&place, format!("names '{name}' twice"));
                continue;
            }
            let place = own.map_or(place, |index| vec![Key("list"), Item(index)]);
            let list = own.and_then(|index| file.list.get(index)).map_or(base.clone(), |own| over(base, own));
            all.extend(self.list_entry(&place, &list).map(|used| (used, place)));
        }
        for (index, list) in file.list.iter().enumerate().filter(|(_, list)| !list.name.is_empty()) {
            let place = vec![Key("list"), Item(index)];
            match known.iter().find(|known| known.name == list.name) {
                // It is told that a list is not asked where somebody describes one.
                Some(_) if !file.lists.used.contains(&list.name) => {
                    let sentence =
                        format!("'{}' is changed here and not asked; name it in 'use' of [lists]", list.name);
                    self.problem(&place, sentence);
                }
                Some(_) => {}
                None => all.extend(self.list_entry(&place, list).map(|used| (used, place))),
            }
        }
        let mut letters: BTreeMap<char, String> = BTreeMap::new();
        for (used, place) in &all {
            if let Some(other) = letters.insert(used.list.letter, used.list.name.clone()) {
                let sentence = format!(
                    "'{}' has the letter {} as '{other}' has; give it another 'letter'",
                    used.list.name, used.list.letter
                );
                self.problem(place, sentence);
            }
        }
        all.into_iter().map(|(used, _)| used).collect()
    }

    fn list_entry(&mut self, at: &[Step], list: &List) -> Option<UsedList> {
        let key = |name| [at, &[Key(name)]].concat();
        let name = self.value(&key("name"), &list.name, values::name);
        let letter = self.letter(&key("letter"), list);
        let subject = list.subject.unwrap_or(ListSubject::Address);
        let Some(zone) = &list.zone else {
            self.problem(at, format!("the list '{}' needs a 'zone'", list.name));
            return None;
        };
        let zone = self.value(&key("zone"), zone, zone_with_key);
        let text = |text: &String| text.trim().to_owned();
        let given = [
            list.key.as_ref().map(|k| ("key", Credential::Literal(k.clone()))),
            list.key_command.as_ref().map(|c| ("key_command", Credential::Command(text(c)))),
            list.key_file.as_ref().map(|p| ("key_file", Credential::File(self.path(p)))),
            list.key_env.as_ref().map(|v| ("key_env", Credential::Environment(text(v)))),
        ];
        let credential = self.only_one(at, given);
        let needs_key = zone.as_ref().map(|zone| zone.contains(KEY_PLACE));
        if needs_key == Some(true) && credential.is_none() {
            self.problem(
                &key("zone"),
                "needs a key: key_command, key_file or key_env tell where it comes from",
            );
        }
        if needs_key == Some(false) && credential.is_some() {
            let sentence = format!(
                "has a key, yet no {KEY_PLACE} stands in its 'zone', such as \"{KEY_PLACE}.zen.dq.spamhaus.net\""
            );
            self.problem(at, sentence);
        }
        let ipv6 = list.ipv6.unwrap_or(false);
        if ipv6 && subject == ListSubject::Domain {
            self.problem(&key("ipv6"), "is for lists of addresses");
        }
        let codes = self.codes(&key("codes"), list.codes.as_ref(), code_address);
        let bits = self.codes(&key("bits"), list.bits.as_ref(), bit);
        let errors = self.errors(&key("errors"), list.errors.as_ref());
        let mut test =
            |name, text: Option<&String>| text.and_then(|text| self.value(&key(name), text, test_name));
        let listed = test("test_listed", list.test_listed.as_ref());
        let unlisted = test("test_unlisted", list.test_unlisted.as_ref());
        let usual = subject.test_points();
        let test_points = (listed.is_some() || unlisted.is_some()).then(|| {
            (listed.unwrap_or_else(|| usual.0.to_owned()), unlisted.unwrap_or_else(|| usual.1.to_owned()))
        });
        let list = BlockList {
            name: name?,
            letter: letter?,
            zone: zone?,
            subject,
            ipv6,
            codes,
            bits,
            errors,
            test_points,
        };
        Some(UsedList { list, key: credential })
    }

    /// As given, else the first of the name.
    fn letter(&mut self, at: &[Step], list: &List) -> Option<char> {
        let Some(text) = &list.letter else {
            return list
                .name
                .chars()
                .find(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_uppercase())
                .or(Some('?'));
        };
        let mut signs = text.chars();
        match (signs.next(), signs.next()) {
            // Others have a meaning where lists are told: `~` is before what is no evidence, `?` what is not known.
            (Some(sign), None) if sign.is_ascii_alphanumeric() => Some(sign),
            _ => {
                self.problem(
                    at,
                    format!("'{}' is no letter: one of a to z, A to Z, 0 to 9 is", text.escape_debug()),
                );
                None
            }
        }
    }

    fn codes<T: Copy + Ord>(
        &mut self,
        at: &[Step],
        codes: Option<&BTreeMap<String, Code>>,
        check: fn(&str) -> Result<T, String>,
    ) -> Vec<(T, ListCode)> {
        let mut out = vec![];
        for (answer, code) in codes.into_iter().flatten() {
            let place = [at, &[Named(answer.clone())]].concat();
            let name = self.value(&[&place[..], &[Key("name")]].concat(), &code.name, values::name);
            let meaning = self.value(&[&place[..], &[Key("meaning")]].concat(), &code.meaning, values::line);
            let answer = self.value(&place, answer, check);
            if let (Some(answer), Some(name), Some(meaning)) = (answer, name, meaning) {
                out.push((answer, ListCode { name, meaning, policy: code.policy }));
            }
        }
        out.sort_by_key(|(answer, _)| *answer);
        out
    }

    fn errors(&mut self, at: &[Step], errors: Option<&BTreeMap<String, String>>) -> Vec<(Ipv4Net, String)> {
        let mut out = vec![];
        for (answer, why) in errors.into_iter().flatten() {
            let place = [at, &[Named(answer.clone())]].concat();
            let net = self.value(&place, answer, error_network);
            let why = self.value(&place, why, values::line);
            out.extend(net.zip(why));
        }
        out
    }
}

/// What the file says of a list, and the rest as it is known.
fn over(known: &List, own: &List) -> List {
    let known = known.clone();
    let own = own.clone();
    List {
        name: own.name,
        letter: own.letter.or(known.letter),
        zone: own.zone.or(known.zone),
        subject: own.subject.or(known.subject),
        ipv6: own.ipv6.or(known.ipv6),
        key: own.key,
        key_command: own.key_command,
        key_file: own.key_file,
        key_env: own.key_env,
        test_listed: own.test_listed.or(known.test_listed),
        test_unlisted: own.test_unlisted.or(known.test_unlisted),
        codes: own.codes.or(known.codes),
        bits: own.bits.or(known.bits),
        errors: own.errors.or(known.errors),
    }
}

/// A zone in which one whole label may be the place of a key.
fn zone_with_key(text: &str) -> Result<String, String> {
    let places = text.split('.').filter(|label| *label == KEY_PLACE).count();
    let zone = values::domain(&text.replace(KEY_PLACE, "key"))
        .map_err(|_| format!("'{}' is no zone; write it like 'bl.example.com'", text.escape_debug()))?;
    match (places, text.matches(KEY_PLACE).count()) {
        (0, 0) => Ok(zone),
        (1, 1) => Ok(text.trim_end_matches('.').to_ascii_lowercase()),
        _ => Err(format!("{KEY_PLACE} has to stand once, between dots")),
    }
}

/// What stands before the zone in a test.
fn test_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty()
        && text.len() <= 200
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        });
    if is_name { Ok(text.to_owned()) } else { Err(format!("'{}' is no name", text.escape_debug())) }
}

fn code_address(text: &str) -> Result<Ipv4Addr, String> {
    let address = text.parse::<Ipv4Addr>().ok().filter(Ipv4Addr::is_loopback);
    address
        .ok_or_else(|| format!("'{}' is no answer of a list; write it like 127.0.0.2", text.escape_debug()))
}

fn bit(text: &str) -> Result<u8, String> {
    let bit = text.parse::<u8>().ok().filter(|bit| bit.is_power_of_two());
    bit.ok_or_else(|| format!("'{}' is no bit: 1, 2, 4, 8, 16, 32, 64 and 128 are", text.escape_debug()))
}

fn error_network(text: &str) -> Result<Ipv4Net, String> {
    let net = text.parse::<Ipv4Net>().ok().or_else(|| text.parse::<Ipv4Addr>().ok().map(Ipv4Net::from));
    net.ok_or_else(|| {
        format!("'{}' is no answer of a list; write it like 127.255.255.0/24", text.escape_debug())
    })
}
