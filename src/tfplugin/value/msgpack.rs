//! MessagePack, token by token: just what values need.
//!
//! The reader trusts no declared length: a count beyond the bytes that are left is an error before anything is allocated.

/// One token of MessagePack. Containers are followed by their elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    /// Only values beyond `i64`.
    UInt(u64),
    Float(f64),
    /// Not yet checked to be UTF-8.
    Text(&'a [u8]),
    Binary(&'a [u8]),
    Array(usize),
    /// Number of pairs.
    Map(usize),
    Extension(i8, &'a [u8]),
}

impl Token<'_> {
    /// The token in a word for messages.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Nil => "null",
            Self::Bool(_) => "a bool",
            Self::Int(_) | Self::UInt(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::Binary(_) => "binary data",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Extension(..) => "an unknown value",
        }
    }
}

/// Reads tokens from bytes.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next token without taking it.
    pub(super) fn peek(&self) -> Result<Token<'a>, String> {
        Reader { rest: self.rest }.next()
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Token<'a>, String> {
        let marker = self.array::<1>()?[0];
        Ok(match marker {
            0x00..=0x7f => Token::Int(marker.into()),
            0x80..=0x8f => self.container(usize::from(marker & 0x0f), 2, Token::Map)?,
            0x90..=0x9f => self.container(usize::from(marker & 0x0f), 1, Token::Array)?,
            0xa0..=0xbf => Token::Text(self.take(usize::from(marker & 0x1f))?),
            0xc0 => Token::Nil,
            0xc1 => return Err("the reserved byte c1".to_owned()),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(1 << (marker - 0xc4))?;
                Token::Binary(self.take(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(1 << (marker - 0xc7))?;
                self.extension(length)?
            }
            0xca => Token::Float(f32::from_be_bytes(self.array()?).into()),
            0xcb => Token::Float(f64::from_be_bytes(self.array()?)),
            0xcc => Token::Int(u8::from_be_bytes(self.array()?).into()),
            0xcd => Token::Int(u16::from_be_bytes(self.array()?).into()),
            0xce => Token::Int(u32::from_be_bytes(self.array()?).into()),
            0xcf => {
                let value = u64::from_be_bytes(self.array()?);
                i64::try_from(value).map_or(Token::UInt(value), Token::Int)
            }
            0xd0 => Token::Int(i8::from_be_bytes(self.array()?).into()),
            0xd1 => Token::Int(i16::from_be_bytes(self.array()?).into()),
            0xd2 => Token::Int(i32::from_be_bytes(self.array()?).into()),
            0xd3 => Token::Int(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => self.extension(1 << (marker - 0xd4))?,
            0xd9..=0xdb => {
                let length = self.length(1 << (marker - 0xd9))?;
                Token::Text(self.take(length)?)
            }
            0xdc | 0xdd => {
                let length = self.length(if marker == 0xdc { 2 } else { 4 })?;
                self.container(length, 1, Token::Array)?
            }
            0xde | 0xdf => {
                let length = self.length(if marker == 0xde { 2 } else { 4 })?;
                self.container(length, 2, Token::Map)?
            }
            0xe0..=0xff => Token::Int(i8::from_be_bytes([marker]).into()),
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let ended = || format!("the data ends: {length} more bytes expected, {} left", self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(ended)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// A length of 1, 2 or 4 bytes.
    fn length(&mut self, width: usize) -> Result<usize, String> {
        Ok(self.take(width)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    }

    fn extension(&mut self, length: usize) -> Result<Token<'a>, String> {
        let kind = i8::from_be_bytes(self.array()?);
        Ok(Token::Extension(kind, self.take(length)?))
    }

    /// Every element takes at least one byte.
    fn container(&self, count: usize, bytes_each: usize, token: fn(usize) -> Token<'a>) -> Result<Token<'a>, String> {
        if count.saturating_mul(bytes_each) > self.rest.len() {
            return Err(format!("{count} elements declared, but only {} bytes left", self.rest.len()));
        }
        Ok(token(count))
    }
}

/// Writes tokens in their shortest form.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    pub(super) fn nil(&mut self) {
        self.bytes.push(0xc0);
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
    }

    pub(super) fn int(&mut self, value: i64) {
        if let Ok(small) = i8::try_from(value)
            && small >= -32
        {
            self.bytes.extend(small.to_be_bytes());
        } else if let Ok(value) = u8::try_from(value) {
            self.marked(0xcc, &value.to_be_bytes());
        } else if let Ok(value) = u16::try_from(value) {
            self.marked(0xcd, &value.to_be_bytes());
        } else if let Ok(value) = u32::try_from(value) {
            self.marked(0xce, &value.to_be_bytes());
        } else if let Ok(value) = i8::try_from(value) {
            self.marked(0xd0, &value.to_be_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.marked(0xd1, &value.to_be_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.marked(0xd2, &value.to_be_bytes());
        } else {
            self.marked(0xd3, &value.to_be_bytes());
        }
    }

    pub(super) fn float(&mut self, value: f64) {
        self.marked(0xcb, &value.to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        match text.len() {
            length @ 0..=31 => self.bytes.push(0xa0 | low_byte(length)),
            length => self.sized(Some(0xd9), 0xda, 0xdb, length),
        }
        self.bytes.extend(text.as_bytes());
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) {
        self.sized(Some(0xc4), 0xc5, 0xc6, bytes.len());
        self.bytes.extend(bytes);
    }

    pub(super) fn array(&mut self, count: usize) {
        match count {
            0..=15 => self.bytes.push(0x90 | low_byte(count)),
            _ => self.sized(None, 0xdc, 0xdd, count),
        }
    }

    pub(super) fn map(&mut self, count: usize) {
        match count {
            0..=15 => self.bytes.push(0x80 | low_byte(count)),
            _ => self.sized(None, 0xde, 0xdf, count),
        }
    }

    pub(super) fn extension(&mut self, kind: i8, payload: &[u8]) {
        if payload.len() == 1 {
            self.bytes.push(0xd4);
        } else {
            self.sized(Some(0xc7), 0xc8, 0xc9, payload.len());
        }
        self.bytes.extend(kind.to_be_bytes());
        self.bytes.extend(payload);
    }

    /// A marker with a length of one byte (which containers do not have), two or four.
    ///
    /// # Panics
    ///
    /// When something is longer than 4 GiB, which MessagePack cannot say; a message of the protocol holds 2 GiB at most.
    fn sized(&mut self, one: Option<u8>, two: u8, four: u8, length: usize) {
        match (one, u8::try_from(length), u16::try_from(length)) {
            (Some(marker), Ok(length), _) => self.marked(marker, &length.to_be_bytes()),
            (_, _, Ok(length)) => self.marked(two, &length.to_be_bytes()),
            _ => {
                let length = u32::try_from(length).expect("a value is shorter than 4 GiB");
                self.marked(four, &length.to_be_bytes());
            }
        }
    }

    fn marked(&mut self, marker: u8, bytes: &[u8]) {
        self.bytes.push(marker);
        self.bytes.extend(bytes);
    }
}

fn low_byte(length: usize) -> u8 {
    length.to_le_bytes()[0]
}
