//! Who stands in an answer of a registry (RFC 9083 §5.1): whoever has the role *abuse* with their mail addresses, and
//! names. Asks nobody.

use super::add_named;
use serde_json::Value;

/// An entity with the role *abuse*.
struct Entity {
    depth: usize,
    unvalidated: bool,
    /// In their order of preference.
    mails: Vec<String>,
}

/// Whom an answer names for abuse.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Abuse {
    /// Mail addresses of whoever has the role, the preferred first.
    pub mails: Vec<String>,
    /// The registry has written there and got no answer (ARIN).
    pub unvalidated: bool,
}

/// Whoever has the role anywhere in the answer: who answers the registry comes before who does not; then whoever stands
/// nearest to its root.
pub(super) fn abuse(root: &Value) -> Abuse {
    let mut entities = vec![];
    collect(root, 0, &mut entities);
    let best = entities.iter().map(|entity| (entity.unvalidated, entity.depth)).min();
    let mut mails: Vec<String> = vec![];
    for entity in entities.iter().filter(|entity| Some((entity.unvalidated, entity.depth)) == best) {
        for mail in &entity.mails {
            add_named(&mut mails, mail);
        }
    }
    Abuse { mails, unvalidated: best.is_some_and(|(unvalidated, _)| unvalidated) }
}

/// The name (`fn` of the jCard, RFC 7095) of the first entity at the root that has the role.
pub(super) fn name_of(root: &Value, role: &str) -> Option<String> {
    let entity = items(root, "entities").find(|entity| has_role(entity, role))?;
    let name = rows(entity, "fn").find_map(|row| row.get(3)?.as_str());
    name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The items of a list; none when it is something else.
pub(super) fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A text that is not blank.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn has_role(entity: &Value, wanted: &str) -> bool {
    let is_wanted = |role: &Value| role.as_str().is_some_and(|role| role.trim().eq_ignore_ascii_case(wanted));
    items(entity, "roles").any(is_wanted)
}

/// Every entity below `parent` that has the role and a mail address. The depth is bounded by serde_json, which reads
/// no more than 128 levels.
fn collect(parent: &Value, depth: usize, out: &mut Vec<Entity>) {
    for entity in items(parent, "entities") {
        if has_role(entity, "abuse") {
            let mails = mails(entity);
            if !mails.is_empty() {
                let unvalidated = items(entity, "remarks").any(|remark| {
                    let title = remark.get("title").and_then(Value::as_str).unwrap_or_default();
                    title.trim().eq_ignore_ascii_case("unvalidated poc")
                });
                out.push(Entity { depth, unvalidated, mails });
            }
        }
        collect(entity, depth + 1, out);
    }
}

/// The `email` rows of a jCard (RFC 7095), those with the lowest `pref` first (RFC 6350 §5.3: without one, last).
fn mails(entity: &Value) -> Vec<String> {
    let mut found: Vec<(u32, String)> = rows(entity, "email")
        .filter_map(|row| Some((preference(row.get(1)), row.get(3)?.as_str()?.trim().to_owned())))
        .filter(|(_, mail)| !mail.is_empty())
        .collect();
    found.sort_by_key(|(preference, _)| *preference);
    found.into_iter().map(|(_, mail)| mail).collect()
}

/// The rows of an entity's jCard that have this name.
fn rows<'v>(entity: &'v Value, name: &'static str) -> impl Iterator<Item = &'v Value> {
    let all = entity.get("vcardArray").and_then(|card| card.get(1)).and_then(Value::as_array);
    let is_named = |row: &&Value| {
        row.get(0).and_then(Value::as_str).is_some_and(|written| written.eq_ignore_ascii_case(name))
    };
    all.into_iter().flatten().filter(is_named)
}

/// A parameter's value may be a text, a number, or a list of them.
fn preference(parameters: Option<&Value>) -> u32 {
    let value = parameters.and_then(|parameters| parameters.get("pref"));
    let one = value.and_then(|value| value.get(0)).or(value);
    let number =
        one.and_then(|one| one.as_str().map_or_else(|| one.as_u64(), |text| text.trim().parse().ok()));
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or(u32::MAX)
}
