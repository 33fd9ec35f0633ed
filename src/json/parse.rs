//! The parser (RFC 8259): one pass in linear time, with bounded recursion. Errors give a position and never
//! quote the text, which may hold a secret.

use super::value::{Json, JsonError, JsonLimits, Object};

impl Json {
    /// Parses one JSON value within [`JsonLimits::DOCUMENT`], with nothing after it.
    ///
    /// # Errors
    /// [`JsonError`] if the bytes are not UTF-8, not JSON or exceed a limit.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        Self::parse_within(bytes, JsonLimits::DOCUMENT)
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// As [`Json::parse`].
    pub fn parse_within(bytes: &[u8], bounds: JsonLimits) -> Result<Self, JsonError> {
        let text =
            std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8 { valid: error.valid_up_to() })?;
        parse(text, bounds)
    }
}

/// Parses one value with nothing after it.
fn parse(text: &str, bounds: JsonLimits) -> Result<Json, JsonError> {
    let mut parser = Parser { text, at: 0, values: 0, bounds };
    parser.blanks();
    let value = parser.value(0)?;
    parser.blanks();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("something follows the value")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The offset in bytes; always on a character boundary where a slice is taken.
    at: usize,
    /// The number of values so far.
    values: usize,
    bounds: JsonLimits,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// An error at the current position. Line and column are only counted now, so valid text costs nothing
    /// extra.
    fn error(&self, what: &'static str) -> JsonError {
        let what = if self.at >= self.text.len() { "it ends too early" } else { what };
        let before = &self.text.as_bytes()[..self.at.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        JsonError::Syntax { what, line, column }
    }

    /// Parses a value at that nesting depth.
    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.values += 1;
        if self.values > self.bounds.values {
            return Err(JsonError::TooMany(self.bounds.values));
        }
        match self.peek() {
            Some(b'{') => self.object(self.below(depth)?).map(Json::Object),
            Some(b'[') => self.array(self.below(depth)?).map(Json::Array),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(|text| Json::Number(text.into())),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => Err(self.error("a value is expected")),
        }
    }

    fn below(&self, depth: usize) -> Result<usize, JsonError> {
        let most = self.bounds.depth;
        if depth < most { Ok(depth + 1) } else { Err(JsonError::TooDeep(most)) }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.error("a value is expected"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Object, JsonError> {
        self.at += 1;
        let mut members = Vec::new();
        self.blanks();
        if self.eat(b'}') {
            return Ok(Object::of(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error("a member's name in double quotes is expected"));
            }
            let name = self.string()?;
            self.blanks();
            if !self.eat(b':') {
                return Err(self.error("a colon is expected"));
            }
            self.blanks();
            members.push((name, self.value(depth)?));
            if self.ends(b'}')? {
                return Ok(Object::of(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Json>, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.eat(b']') {
            return Ok(items);
        }
        loop {
            items.push(self.value(depth)?);
            if self.ends(b']')? {
                return Ok(items);
            }
        }
    }

    /// After a member or an item: true at the end, false before another one.
    fn ends(&mut self, end: u8) -> Result<bool, JsonError> {
        self.blanks();
        if self.eat(end) {
            return Ok(true);
        }
        if !self.eat(b',') {
            return Err(self.error("a comma or the end of the list is expected"));
        }
        self.blanks();
        Ok(false)
    }

    /// `-? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?` as written (section 6).
    fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.error("a digit is expected")) }
    }

    /// A string with its escapes resolved (section 7).
    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f));
            let plain = plain.unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(self.error("a control character in a string must be escaped")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let escaped = match self.peek() {
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// The four digits after `\u`; a high surrogate needs its low one. Lone surrogates are refused, since
    /// other parsers would read another string.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hex4()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(self.error("half a surrogate pair in a string"));
            }
            0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        } else {
            high
        };
        char::from_u32(code).ok_or_else(|| self.error("half a surrogate pair in a string"))
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let code = digits.and_then(|digits| {
            digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
        });
        let code = code.ok_or_else(|| self.error("\\u needs four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }
}
