//! The `message!` macro: one definition of a wire message serves both encodings.
//!
//! Each field states its Protobuf kind and number in brackets; its JSON name is the field's name. What JSON
//! does with empty and `null` fields is the same everywhere and lives in [`crate::json_field`].

/// Defines a wire message with its Protobuf numbers and its JSON names.
macro_rules! message {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                pub $field:ident: $type:ty => [$($prost:tt)*],
            )*
        }
    ) => {
        #[derive(Clone, PartialEq, prost::Message, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[prost($($prost)*)]
                #[serde(with = "crate::json_field", skip_serializing_if = "crate::json_field::is_empty")]
                pub $field: $type,
            )*
        }

        impl crate::json_field::Embedded for $name {}
    };
}

pub(crate) use message;
