//! Turns a table of address ranges (start, end, AS number, country, name; TAB-separated) into an mmdb file:
//! `cargo run --example make_mmdb -- table.tsv out.mmdb [flat|maxmind|ipinfo]`

#[path = "../tests/support/mmdb.rs"]
#[allow(dead_code, clippy::panic, reason = "made for tests")]
mod mmdb;

use mmdb::Names;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (table, out, names) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [table, out] | [table, out, "maxmind"] => (table, out, Names::MaxMind),
        [table, out, "flat"] => (table, out, Names::Flat),
        [table, out, "ipinfo"] => (table, out, Names::IpInfo),
        _ => return Err("expected: TABLE OUT [flat|maxmind|ipinfo]".to_owned()),
    };
    let table = std::fs::read_to_string(table).map_err(|error| format!("{table}: {error}"))?;
    let file = mmdb::file(&mmdb::ranges(&table)?, names, 0);
    std::fs::write(out, file).map_err(|error| format!("{out}: {error}"))
}
