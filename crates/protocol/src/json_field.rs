//! How a field of a wire message looks in JSON: empty fields are left out, `null` means empty, an embedded
//! message is an object, and `bytes` are raw embedded JSON.
//!
//! Used through serde's `with` by the `message!` macro. It is not a general serializer.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::payload;

/// A wire message, as opposed to a scalar: in JSON always an object.
pub(crate) trait Embedded: Serialize + for<'de> Deserialize<'de> + Default {}

/// A type that a field of a wire message may have.
pub(crate) trait JsonField: Sized {
    fn is_empty(&self) -> bool;
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Whether the field is left out of the JSON.
pub(crate) fn is_empty<T: JsonField>(field: &T) -> bool {
    field.is_empty()
}

/// Serde's `with` entry point.
pub(crate) fn serialize<T: JsonField, S: Serializer>(field: &T, serializer: S) -> Result<S::Ok, S::Error> {
    field.write(serializer)
}

/// Serde's `with` entry point.
pub(crate) fn deserialize<'de, T: JsonField, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

macro_rules! plain_fields {
    ($($type:ty),*) => {$(
        impl JsonField for $type {
            fn is_empty(&self) -> bool {
                *self == Self::default()
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Option::deserialize(deserializer)?.unwrap_or_default())
            }
        }
    )*};
}

plain_fields!(bool, u32, i32, u64, i64, String, BTreeMap<String, String>);

impl JsonField for Bytes {
    fn is_empty(&self) -> bool {
        Bytes::is_empty(self)
    }

    /// Bytes that are not JSON become `null`, because one bad payload must not spoil the frame around it.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = payload::one_line(self);
        let raw: Option<&RawValue> = serde_json::from_slice(&line).ok();
        raw.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Option::<&RawValue>::deserialize(deserializer)?;
        Ok(raw
            .map(|raw| Bytes::from(payload::one_line(raw.get().as_bytes()).into_owned()))
            .unwrap_or_default())
    }
}

impl<T: Embedded> JsonField for Option<T> {
    fn is_empty(&self) -> bool {
        self.is_none()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Object::deserialize(deserializer)?.0)
    }
}

impl<T: Embedded> JsonField for Vec<T> {
    fn is_empty(&self) -> bool {
        Vec::is_empty(self)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<Vec<Object<T>>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(items.into_iter().map(|item| item.0.unwrap_or_default()).collect())
    }
}

impl<T: Embedded> JsonField for BTreeMap<String, T> {
    fn is_empty(&self) -> bool {
        BTreeMap::is_empty(self)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<BTreeMap<String, Object<T>>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(items.into_iter().map(|(key, item)| (key, item.0.unwrap_or_default())).collect())
    }
}

/// A message or `null`. Serde's derived structs would also accept an array of their fields, which is no
/// protocol.
pub(crate) struct Object<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Object(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|message| Object(Some(message)))
    }
}
