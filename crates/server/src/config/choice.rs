//! Settings that are one of a few words.

/// Declares an enum whose variants are written as the given words.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        pub enum $enum:ident { $($(#[doc = $variant_doc:literal])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $enum { $($(#[doc = $variant_doc])* $variant,)* }

        impl $crate::config::value::Value for $enum {
            const NAME: &'static str = $crate::config::choice::joined!($($word),*);

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("must be one of {}, not \"{text}\"", [$($word),*].join(", "))),
                }
            }

            fn show(&self) -> String {
                match self { $(Self::$variant => $word,)* }.to_owned()
            }
        }
    };
}

/// `open|closed`, at compile time.
macro_rules! joined {
    ($first:literal $(, $word:literal)*) => { concat!($first $(, "|", $word)*) };
}

pub(super) use {choice, joined};
