//! The configuration in force, key by key, with where each value comes from. Secrets are masked by their type.

use super::{Arguments, Config, Environment, Error, MASK, Origin, Source};
use serde_json::Value;

/// One key in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Dotted name, such as `dns.servers`; the first feed's name is `feed.1.name`.
    pub name: String,
    /// Its value; null when there is none.
    pub value: Value,
    /// Where it comes from.
    pub from: Origin,
}

/// Every key in force, in the order of the file's types.
pub fn settings(arguments: &Arguments, environment: &Environment) -> Result<Vec<Setting>, Error> {
    let source = Source::find(arguments, environment)?;
    let config = Config::from_source(&source, arguments, environment)?;
    let tree = serde_json::to_value(&source.file)
        .map_err(|error| Error::one(format!("cannot show the configuration: {error}")))?;
    let mut out = vec![Setting {
        name: "database".to_owned(),
        value: Value::String(config.database.display().to_string()),
        from: config.database_from,
    }];
    for (table, value) in tree.as_object().into_iter().flatten() {
        match value {
            _ if table == "database" => {}
            Value::Object(keys) => {
                for (key, value) in keys {
                    out.push(Setting {
                        name: format!("{table}.{key}"),
                        value: value.clone(),
                        from: source.line_of(table, key).map_or(Origin::Default, Origin::File),
                    });
                }
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    for (key, value) in item.as_object().into_iter().flatten() {
                        let line = source.line_in(table, index, key);
                        out.push(Setting {
                            name: format!("{table}.{}.{key}", index + 1),
                            value: value.clone(),
                            from: line.map_or(Origin::Default, Origin::File),
                        });
                    }
                }
            }
            _ => out.push(Setting {
                name: table.clone(),
                value: value.clone(),
                from: source.line_of("", table).map_or(Origin::Default, Origin::File),
            }),
        }
    }
    mask_commands(&mut out);
    Ok(out)
}

/// A command line may hold a password of its own (`--password=…`): only the program's name is shown.
fn mask_commands(settings: &mut [Setting]) {
    for setting in settings.iter_mut().filter(|s| s.name.ends_with("command")) {
        let Value::String(command) = &setting.value else { continue };
        let mut words = command.split_whitespace();
        let program = words.next().unwrap_or_default();
        let rest = if words.next().is_some() { format!(" {MASK}") } else { String::new() };
        setting.value = Value::String(format!("{program}{rest}"));
    }
}
