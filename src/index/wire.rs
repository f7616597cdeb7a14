//! Numbers as bytes and back, for packed blocks. Reading checks every length; a wrong one is a sentence.

/// First byte of every packed block; another one means that the block was packed by another version.
const VERSION: u8 = 1;

/// What is wrong with a packed block.
pub(super) type Damage = &'static str;

/// A number of fixed width in a block.
pub(super) trait Number: Copy + Default + Send {
    const WIDTH: usize;
    fn write(self, out: &mut Vec<u8>);
    /// Every number of `bytes`, in turn; loops over exact chunks become vector moves.
    fn read_each(bytes: &[u8]) -> impl ExactSizeIterator<Item = Self> + Clone;
}

macro_rules! number {
    ($($type:ty),+) => { $(
        impl Number for $type {
            const WIDTH: usize = size_of::<$type>();
            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn read_each(bytes: &[u8]) -> impl ExactSizeIterator<Item = Self> + Clone {
                let (chunks, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
                chunks.iter().map(|chunk| <$type>::from_le_bytes(*chunk))
            }
        }
    )+ };
}
number!(u8, u16, u32, u64, u128);

pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn new() -> Writer {
        Writer(vec![VERSION])
    }

    pub(super) fn number<N: Number>(&mut self, number: N) {
        number.write(&mut self.0);
    }

    pub(super) fn numbers<N: Number>(&mut self, numbers: impl IntoIterator<Item = N>) {
        for number in numbers {
            number.write(&mut self.0);
        }
    }
}

pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(block: &'a [u8]) -> Result<Reader<'a>, Damage> {
        match block.split_first() {
            Some((&VERSION, rest)) => Ok(Reader(rest)),
            Some(_) => Err("it was packed by another version"),
            None => Err("it is empty"),
        }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (head, rest) = self.0.split_at_checked(count).ok_or("it ends too early")?;
        self.0 = rest;
        Ok(head)
    }

    /// Numbers where they lie, not yet copied anywhere.
    pub(super) fn each<N: Number>(
        &mut self,
        count: usize,
    ) -> Result<impl ExactSizeIterator<Item = N> + Clone + use<'a, N>, Damage> {
        let length = count.checked_mul(N::WIDTH).ok_or("it claims an impossible length")?;
        Ok(N::read_each(self.bytes(length)?))
    }

    pub(super) fn numbers<N: Number>(&mut self, count: usize) -> Result<Vec<N>, Damage> {
        self.each(count).map(Iterator::collect)
    }

    pub(super) fn number<N: Number>(&mut self) -> Result<N, Damage> {
        Ok(self.each(1)?.next().unwrap_or_default())
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn end(self) -> Result<(), Damage> {
        if self.0.is_empty() { Ok(()) } else { Err("it is longer than it says") }
    }
}
