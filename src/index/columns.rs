//! Columns of one value a row: plain numbers, and numbers into a small table of distinct values. Knows the rows of
//! the model and nothing of filters.

use super::bitmap::{Bitmap, keep_words};
use super::wire::{Damage, Number, Reader, Writer};
use crate::model::IndexRow;
use crate::model::columns::BLOCK_ROWS;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// Rows of one block.
pub(super) const BLOCK: usize = BLOCK_ROWS as usize;

/// Something that holds one value, or one list of values, for every row.
pub(super) trait Column: Send {
    /// Rows up to this length exist; new ones are unknown.
    fn resize(&mut self, rows: usize);
    /// Takes the value out of a row.
    fn set(&mut self, position: usize, row: &IndexRow);
    /// Takes a whole packed block whose first row is at `start`; nothing of a damaged one.
    fn read_block(&mut self, start: usize, data: &[u8]) -> Result<(), Damage>;
    /// Packs the rows of one block, absent ones being the default row.
    fn pack(&self, rows: &[&IndexRow]) -> Vec<u8>;
}

/// Numbers as they are.
#[derive(Debug, Clone)]
pub(super) struct Plain<N> {
    pub(super) values: Vec<N>,
    take: fn(&IndexRow) -> N,
}

impl<N: Number> Plain<N> {
    pub(super) fn new(take: fn(&IndexRow) -> N) -> Self {
        Plain { values: vec![], take }
    }

    pub(super) fn get(&self, position: usize) -> N {
        self.values.get(position).copied().unwrap_or_default()
    }
}

impl<N: Number> Column for Plain<N> {
    fn resize(&mut self, rows: usize) {
        resize(&mut self.values, rows);
    }

    fn set(&mut self, position: usize, row: &IndexRow) {
        if let Some(value) = self.values.get_mut(position) {
            *value = (self.take)(row);
        }
    }

    fn read_block(&mut self, start: usize, data: &[u8]) -> Result<(), Damage> {
        read_block(&mut self.values, start, BLOCK, data)
    }

    fn pack(&self, rows: &[&IndexRow]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.numbers(rows.iter().map(|row| (self.take)(row)));
        writer.0
    }
}

/// Exact at load, and zeroed by the system alone; afterwards room for a while, or every new report would move the
/// column.
fn resize<N: Copy + Default>(column: &mut Vec<N>, rows: usize) {
    if column.is_empty() {
        *column = vec![N::default(); rows];
    }
    column.resize(rows, N::default());
}

/// Reads the numbers of a block into their place.
fn read_block<N: Number>(column: &mut [N], start: usize, count: usize, data: &[u8]) -> Result<(), Damage> {
    let mut reader = Reader::new(data)?;
    let values = reader.each(count)?;
    reader.end()?;
    put(column.get_mut(start..start + count), values);
    Ok(())
}

/// Places in a table of distinct values, as narrow as the table allows.
#[derive(Debug, Clone)]
pub(super) enum Codes {
    Narrow(Vec<u8>),
    Middle(Vec<u16>),
    Wide(Vec<u32>),
}

/// Runs an expression for whichever width the codes have.
macro_rules! each_width {
    ($codes:expr, $column:ident => $body:expr) => {
        match $codes {
            Codes::Narrow($column) => $body,
            Codes::Middle($column) => $body,
            Codes::Wide($column) => $body,
        }
    };
}
pub(super) use each_width;

/// Hashing of numbers by one multiplication with a key that nobody outside knows: loading looks up half a million
/// addresses, and the standard hasher takes three times as long for that.
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    start: u64,
    factor: u64,
}

impl Default for Keyed {
    fn default() -> Self {
        let random = RandomState::new();
        Keyed { start: random.hash_one(1), factor: random.hash_one(2) | 1 }
    }
}

impl BuildHasher for Keyed {
    type Hasher = KeyedHasher;

    fn build_hasher(&self) -> KeyedHasher {
        KeyedHasher { state: self.start, factor: self.factor }
    }
}

pub(super) struct KeyedHasher {
    state: u64,
    factor: u64,
}

impl KeyedHasher {
    /// Both halves of the product, so that every bit of the number reaches every bit of the hash.
    fn mix(&mut self, number: u64) {
        let product = u128::from(self.state ^ number) * u128::from(self.factor);
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for KeyedHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.mix((*byte).into()));
    }

    fn write_u16(&mut self, number: u16) {
        self.mix(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(number.into());
    }

    fn write_u128(&mut self, number: u128) {
        self.mix((number >> 64) as u64);
        self.mix(number as u64);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

/// Values that repeat: a table of the distinct ones, the unknown one (zero) first, and a code a row.
#[derive(Debug, Clone)]
pub(super) struct Coded<N> {
    table: Vec<N>,
    numbers: HashMap<N, u32, Keyed>,
    codes: Codes,
    take: fn(&IndexRow) -> N,
}

impl<N: Number + Eq + Hash> Coded<N> {
    pub(super) fn new(take: fn(&IndexRow) -> N) -> Self {
        let unknown = N::default();
        Coded {
            table: vec![unknown],
            numbers: HashMap::from_iter([(unknown, 0)]),
            codes: Codes::Narrow(vec![]),
            take,
        }
    }

    /// The distinct values, by code.
    pub(super) fn table(&self) -> &[N] {
        &self.table
    }

    pub(super) fn codes(&self) -> &Codes {
        &self.codes
    }

    pub(super) fn code(&self, position: usize) -> usize {
        each_width!(&self.codes, column => code_at(column, position))
    }

    pub(super) fn get(&self, position: usize) -> N {
        self.table.get(self.code(position)).copied().unwrap_or_default()
    }

    /// Keeps the rows whose value passes; each distinct value is asked about once.
    pub(super) fn keep(&self, bits: &mut Bitmap, test: impl FnMut(N) -> bool) {
        let wanted: Vec<bool> = self.table.iter().copied().map(test).collect();
        self.keep_codes(bits.words_mut(), &wanted);
    }

    /// Keeps the rows whose code is wanted.
    pub(super) fn keep_wanted(&self, bits: &mut Bitmap, wanted: &[bool]) {
        self.keep_codes(bits.words_mut(), wanted);
    }

    /// The code of a value that some row has.
    pub(super) fn known_code(&self, value: N) -> Option<usize> {
        self.numbers.get(&value).map(|code| *code as usize)
    }

    /// Another value for a row.
    pub(super) fn replace(&mut self, position: usize, value: N) {
        let code = self.code_of(value);
        self.put(position, code);
    }

    fn keep_codes(&self, words: &mut [u64], wanted: &[bool]) {
        let mut chosen =
            wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(code, _)| code as u32);
        match (chosen.next(), chosen.next()) {
            (None, _) => words.fill(0),
            (Some(only), None) => {
                each_width!(&self.codes, column => keep_code(words, column, |code| code == only));
            }
            _ => each_width!(&self.codes, column => keep_code(words, column, |code| {
                wanted.get(code as usize).copied().unwrap_or(false)
            })),
        }
    }

    /// The code of a value, which enters the table when it is new.
    fn code_of(&mut self, value: N) -> u32 {
        if let Some(code) = self.numbers.get(&value) {
            return *code;
        }
        let code = self.table.len() as u32;
        self.table.push(value);
        self.numbers.insert(value, code);
        self.widen();
        code
    }

    fn widen(&mut self) {
        let highest = self.table.len() - 1;
        match &self.codes {
            Codes::Narrow(codes) if highest > usize::from(u8::MAX) => {
                self.codes = Codes::Middle(exactly(codes, u16::from));
            }
            Codes::Middle(codes) if highest > usize::from(u16::MAX) => {
                self.codes = Codes::Wide(exactly(codes, u32::from));
            }
            _ => {}
        }
    }

    fn put(&mut self, position: usize, code: u32) {
        match &mut self.codes {
            Codes::Narrow(codes) => codes.get_mut(position).into_iter().for_each(|place| *place = code as u8),
            Codes::Middle(codes) => {
                codes.get_mut(position).into_iter().for_each(|place| *place = code as u16)
            }
            Codes::Wide(codes) => codes.get_mut(position).into_iter().for_each(|place| *place = code),
        }
    }

    /// Reads a block's own codes as those of the whole column.
    fn read_codes<C: Into<u16>>(
        &mut self,
        start: usize,
        values: &[N],
        codes: impl ExactSizeIterator<Item = C> + Clone,
    ) -> Result<(), Damage> {
        if codes.clone().any(|code| usize::from(code.into()) >= values.len()) {
            return Err("a code has no value");
        }
        let local: Vec<u32> = values.iter().map(|value| self.code_of(*value)).collect();
        let range = start..start + codes.len();
        let codes = codes.map(|code| local.get(usize::from(code.into())).copied().unwrap_or(0));
        match &mut self.codes {
            Codes::Narrow(column) => put(column.get_mut(range), codes.map(|code| code as u8)),
            Codes::Middle(column) => put(column.get_mut(range), codes.map(|code| code as u16)),
            Codes::Wide(column) => put(column.get_mut(range), codes),
        }
        Ok(())
    }
}

fn code_at<T: Copy + Into<u32>>(column: &[T], position: usize) -> usize {
    column.get(position).map_or(0, |code| (*code).into() as usize)
}

fn keep_code<T: Copy + Into<u32>>(words: &mut [u64], column: &[T], test: impl Fn(u32) -> bool) {
    keep_words(words, column, |code| test(code.into()));
}

fn exactly<A: Copy, B>(from: &[A], to: impl Fn(A) -> B) -> Vec<B> {
    from.iter().map(|value| to(*value)).collect()
}

fn put<T>(places: Option<&mut [T]>, values: impl Iterator<Item = T>) {
    places.into_iter().flatten().zip(values).for_each(|(place, value)| *place = value);
}

impl<N: Number + Eq + Hash> Column for Coded<N> {
    fn resize(&mut self, rows: usize) {
        each_width!(&mut self.codes, column => resize(column, rows));
    }

    fn set(&mut self, position: usize, row: &IndexRow) {
        let code = self.code_of((self.take)(row));
        self.put(position, code);
    }

    fn read_block(&mut self, start: usize, data: &[u8]) -> Result<(), Damage> {
        let mut reader = Reader::new(data)?;
        let width: u8 = reader.number()?;
        let count: u32 = reader.number()?;
        if count as usize > BLOCK {
            return Err("it has more distinct values than rows");
        }
        let values: Vec<N> = reader.numbers(count as usize)?;
        match width {
            1 => {
                let codes = reader.each::<u8>(BLOCK)?;
                reader.end()?;
                self.read_codes(start, &values, codes)
            }
            2 => {
                let codes = reader.each::<u16>(BLOCK)?;
                reader.end()?;
                self.read_codes(start, &values, codes)
            }
            _ => Err("its codes have an impossible width"),
        }
    }

    fn pack(&self, rows: &[&IndexRow]) -> Vec<u8> {
        let mut table = Coded::new(self.take);
        table.table.clear();
        table.numbers.clear();
        let codes: Vec<u32> = rows.iter().map(|row| table.code_of((self.take)(row))).collect();
        let narrow = table.table.len() <= usize::from(u8::MAX) + 1;
        let mut writer = Writer::new();
        writer.number(if narrow { 1u8 } else { 2 });
        writer.number(table.table.len() as u32);
        writer.numbers(table.table.iter().copied());
        if narrow {
            writer.numbers(codes.iter().map(|code| *code as u8));
        } else {
            writer.numbers(codes.iter().map(|code| *code as u16));
        }
        writer.0
    }
}

/// Which numbers have a report: a number without one was purged.
impl Column for Bitmap {
    fn resize(&mut self, rows: usize) {
        Bitmap::resize(self, rows);
    }

    fn set(&mut self, position: usize, row: &IndexRow) {
        Bitmap::set(self, position, row.id != 0);
    }

    fn read_block(&mut self, start: usize, data: &[u8]) -> Result<(), Damage> {
        read_block(self.words_mut(), start / 64, BLOCK / 64, data)
    }

    fn pack(&self, rows: &[&IndexRow]) -> Vec<u8> {
        let mut present = Bitmap::empty(rows.len());
        for (position, row) in rows.iter().enumerate() {
            present.set(position, row.id != 0);
        }
        let mut writer = Writer::new();
        writer.numbers(present.words().iter().copied());
        writer.0
    }
}

/// The columns that every question may need, loaded at start.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) present: Bitmap,
    pub(super) arrival: Plain<u32>,
    pub(super) status: Plain<u8>,
    pub(super) kind: Plain<u8>,
    pub(super) cause: Plain<u8>,
    pub(super) delivery: Plain<u8>,
    pub(super) policy: Plain<u8>,
    pub(super) flags: Plain<u8>,
    pub(super) port: Plain<u16>,
    pub(super) asn: Coded<u32>,
    pub(super) country: Coded<u16>,
    pub(super) domain: Coded<u32>,
    pub(super) feedback: Coded<u32>,
    pub(super) auth: Coded<u32>,
    pub(super) reporter: Coded<u32>,
    pub(super) feed: Coded<u32>,
    pub(super) incidents: Coded<u32>,
}

impl Default for Columns {
    fn default() -> Self {
        Columns {
            present: Bitmap::default(),
            arrival: Plain::new(|row| row.arrival),
            status: Plain::new(|row| row.status),
            kind: Plain::new(|row| row.kind),
            cause: Plain::new(|row| row.cause),
            delivery: Plain::new(|row| row.delivery),
            policy: Plain::new(|row| row.policy),
            flags: Plain::new(|row| row.flags),
            port: Plain::new(|row| row.source_port),
            asn: Coded::new(|row| row.asn),
            country: Coded::new(|row| row.country),
            domain: Coded::new(|row| row.domain),
            feedback: Coded::new(|row| row.feedback_word),
            auth: Coded::new(|row| row.auth_word),
            reporter: Coded::new(|row| row.reporter_word),
            feed: Coded::new(|row| row.feed_word),
            incidents: Coded::new(|row| row.incidents),
        }
    }
}

impl Columns {
    /// Every column under the name of its segments. Names stay; what they hold may only change with the version.
    pub(super) fn each(&mut self) -> [(&'static str, &mut dyn Column); 17] {
        [
            ("report.present", &mut self.present),
            ("report.arrival", &mut self.arrival),
            ("report.status", &mut self.status),
            ("report.kind", &mut self.kind),
            ("report.cause", &mut self.cause),
            ("report.delivery", &mut self.delivery),
            ("report.policy", &mut self.policy),
            ("report.flags", &mut self.flags),
            ("report.port", &mut self.port),
            ("report.asn", &mut self.asn),
            ("report.country", &mut self.country),
            ("report.domain", &mut self.domain),
            ("report.feedback", &mut self.feedback),
            ("report.auth", &mut self.auth),
            ("report.reporter", &mut self.reporter),
            ("report.feed", &mut self.feed),
            ("report.incidents", &mut self.incidents),
        ]
    }
}
