//! Writes a value as JSON with every text in it given away to be changed, and knows which words are not texts: the
//! names of fields and of kinds. PURE. What is not known to be such a word counts as a text.

use serde::ser::{self, Serialize};
use serde_json::{Error, Map, Number, Value};

/// The fields that say of which kind a value is, where nothing else stands before them.
const TAGS: [&str; 15] = [
    "asks", "fight", "game", "kind", "mode", "outcome", "part", "safety", "settled", "sheet", "turns", "type", "what",
    "why", "world",
];

/// What stands where a text stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    /// The field it belongs to; empty outside of every field.
    pub field: &'a str,
    /// The field before that one.
    pub before: &'a str,
    /// Whether it is the name of an entry.
    pub is_name: bool,
}

/// Changes texts.
pub(super) trait Texts {
    /// The text as it is to stand there.
    fn text(&mut self, at: At<'_>, text: &str) -> String;
}

/// The value as JSON.
///
/// # Errors
/// When it cannot be JSON.
pub(super) fn written(value: &impl Serialize, texts: &mut dyn Texts) -> Result<Value, Error> {
    value.serialize(Pen { texts, at: At { field: "", before: "", is_name: false } })
}

struct Pen<'a> {
    texts: &'a mut dyn Texts,
    at: At<'a>,
}

impl<'a> Pen<'a> {
    fn items(self, variant: Option<&'static str>) -> Items<'a> {
        Items { texts: self.texts, at: self.at, items: Vec::new(), variant }
    }

    fn entries(self, variant: Option<&'static str>) -> Entries<'a> {
        let (texts, entries) = (self.texts, Map::new());
        Entries {
            texts,
            entries,
            key: String::new(),
            before: String::new(),
            kinds: true,
            outer: self.at.field,
            variant,
        }
    }
}

fn in_variant(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::Object(Map::from_iter([(variant.to_owned(), value)])),
        None => value,
    }
}

macro_rules! numbers {
    ($($name:ident($kind:ty)),*) => {
        $(fn $name(self, value: $kind) -> Result<Value, Error> {
            Ok(Value::Number(Number::from(value)))
        })*
    };
}

impl<'a> ser::Serializer for Pen<'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeStructVariant = Entries<'a>;

    numbers!(
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64)
    );

    fn serialize_bool(self, value: bool) -> Result<Value, Error> {
        Ok(Value::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Error> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<Value, Error> {
        Ok(Value::String(self.texts.text(self.at, text)))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, Error> {
        Ok(Value::Array(bytes.iter().map(|byte| Value::from(*byte)).collect()))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, Error> {
        Ok(Value::String(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(in_variant(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.items(None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, Error> {
        Ok(self.items(None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Error> {
        Ok(self.items(None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, Error> {
        Ok(self.items(Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'a>, Error> {
        Ok(self.entries(None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries<'a>, Error> {
        Ok(self.entries(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries<'a>, Error> {
        Ok(self.entries(Some(variant)))
    }
}

/// A list that is being written.
pub(super) struct Items<'a> {
    texts: &'a mut dyn Texts,
    at: At<'a>,
    items: Vec<Value>,
    variant: Option<&'static str>,
}

impl Items<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.items.push(value.serialize(Pen { texts: self.texts, at: self.at })?);
        Ok(())
    }

    fn done(self) -> Value {
        in_variant(self.variant, Value::Array(self.items))
    }
}

macro_rules! lists {
    ($($kind:ident::$push:ident),*) => {
        $(impl ser::$kind for Items<'_> {
            type Ok = Value;
            type Error = Error;

            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.push(value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.done())
            }
        })*
    };
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

/// Fields or entries that are being written.
pub(super) struct Entries<'a> {
    texts: &'a mut dyn Texts,
    entries: Map<String, Value>,
    key: String,
    before: String,
    /// Whether only kinds were written so far; a kind may be of a kind itself.
    kinds: bool,
    /// The field that the entries of a map belong to.
    outer: &'a str,
    variant: Option<&'static str>,
}

impl Entries<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        self.kinds &= TAGS.contains(&key);
        let kind = if self.kinds {
            serde_json::to_value(value)?.as_str().filter(|kind| is_kind(kind)).map(str::to_owned)
        } else {
            None
        };
        let at = At { field: key, before: &self.before, is_name: false };
        let written = match kind {
            Some(kind) => Value::String(kind),
            None => value.serialize(Pen { texts: self.texts, at })?,
        };
        self.entries.insert(key.to_owned(), written);
        key.clone_into(&mut self.before);
        Ok(())
    }

    fn done(self) -> Value {
        in_variant(self.variant, Value::Object(self.entries))
    }
}

/// Whether it is written as kinds are.
fn is_kind(word: &str) -> bool {
    !word.is_empty() && word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match serde_json::to_value(key)? {
            Value::String(key) => key,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        let at = At { field: self.outer, before: "", is_name: true };
        let named = match key.parse::<i64>() {
            Ok(_) => key,
            Err(_) => self.texts.text(at, &key),
        };
        let at = At { field: self.outer, before: "", is_name: false };
        let value = value.serialize(Pen { texts: self.texts, at })?;
        self.entries.insert(named, value);
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.done())
    }
}

macro_rules! structs {
    ($($kind:ident),*) => {
        $(impl ser::$kind for Entries<'_> {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
                self.field(key, value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.done())
            }
        })*
    };
}

structs!(SerializeStruct, SerializeStructVariant);
