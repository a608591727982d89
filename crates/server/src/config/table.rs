//! How settings are declared, and how declared settings are read.

use super::value::{Form, Value};
use super::{Given, Problem, Source};

/// One setting, as declared.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The section it belongs to; empty for the top level.
    pub(crate) section: &'static str,
    /// Its key within the section.
    pub(crate) name: &'static str,
    /// Its documentation, line by line.
    pub(crate) doc: &'static [&'static str],
    /// The value that it has when nobody sets it, as text.
    pub(crate) default: &'static str,
    /// How TOML writes it.
    pub(crate) form: Form,
    /// What the help text calls a value of it.
    pub(crate) value_name: &'static str,
}

impl Setting {
    /// `jwt.secret_file`: the one name that the other names are derived from.
    pub(crate) fn path(&self) -> String {
        if self.section.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.section, self.name) }
    }

    /// `jwt-secret-file`, without the dashes before it.
    pub(crate) fn flag(&self) -> String {
        self.path().replace(['.', '_'], "-")
    }

    /// `CHINWAG_JWT_SECRET_FILE`.
    pub(crate) fn variable(&self) -> String {
        format!("CHINWAG_{}", self.path().replace('.', "_").to_uppercase())
    }

    /// The first sentence of the documentation and all that follows, as one paragraph.
    pub(crate) fn help(&self) -> String {
        self.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }
}

/// A struct of settings; implemented by [`section!`].
pub(super) trait Section: Sized {
    const NAME: &'static str;
    const DOC: &'static [&'static str];
    const SETTINGS: &'static [Setting];

    /// Reads all fields, or notes what is wrong with some of them.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// Appends the fields' values as text, secrets masked.
    fn show(&self, shown: &mut Vec<String>);
}

/// A section without its type.
pub(super) struct SectionInfo {
    pub(super) name: &'static str,
    pub(super) doc: &'static [&'static str],
    pub(super) settings: &'static [Setting],
}

impl SectionInfo {
    pub(super) fn of<S: Section>() -> Self {
        Self { name: S::NAME, doc: S::DOC, settings: S::SETTINGS }
    }
}

/// Turns what was given into values and keeps account of sources and problems.
pub(super) struct Reader<'a> {
    given: &'a [Given],
    problems: &'a mut Vec<Problem>,
    sources: Vec<Source>,
}

impl<'a> Reader<'a> {
    /// A reader of what was given; later entries win over earlier ones.
    pub(super) fn new(given: &'a [Given], problems: &'a mut Vec<Problem>) -> Self {
        Self { given, problems, sources: Vec::new() }
    }

    /// The winning value of a setting. Values that lose are checked as well: a typo in the file should not wait for the
    /// day that its override goes away.
    pub(super) fn read<T: Value>(&mut self, setting: &Setting) -> Option<T> {
        let path = setting.path();
        let mut won = self.parse(&path, setting.default, &Source::Default);
        let mut source = Source::Default;
        let given = self.given;
        for given in given.iter().filter(|given| given.path == path) {
            won = self.parse(&path, &given.text, &given.source);
            source = given.source.clone();
        }
        self.sources.push(source);
        won
    }

    fn parse<T: Value>(&mut self, path: &str, text: &str, source: &Source) -> Option<T> {
        match T::parse(text.trim()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Problem::new(source.clone(), format!("`{path}` {message}")));
                None
            }
        }
    }

    /// Where each setting read so far came from.
    pub(super) fn into_sources(self) -> Vec<Source> {
        self.sources
    }
}

/// Declares a section: a struct whose fields are settings, each with a type, a default and a documentation.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        pub struct $struct:ident in $section:literal {
            $($(#[doc = $field_doc:literal])* pub $field:ident: $type:ty = $default:literal,)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub struct $struct {
            $($(#[doc = $field_doc])* pub $field: $type,)*
        }

        impl $crate::config::table::Section for $struct {
            const NAME: &'static str = $section;
            const DOC: &'static [&'static str] = &[$($doc),*];
            const SETTINGS: &'static [$crate::config::table::Setting] = &[$(
                $crate::config::table::Setting {
                    section: $section,
                    name: stringify!($field),
                    doc: &[$($field_doc),*],
                    default: $default,
                    form: <$type as $crate::config::value::Value>::FORM,
                    value_name: <$type as $crate::config::value::Value>::NAME,
                },
            )*];

            fn read(reader: &mut $crate::config::table::Reader<'_>) -> Option<Self> {
                let mut settings = Self::SETTINGS.iter();
                // All fields are read before any of them is missed, so that all problems come to light.
                $(let $field = settings.next().and_then(|setting| reader.read::<$type>(setting));)*
                Some(Self { $($field: $field?,)* })
            }

            fn show(&self, shown: &mut Vec<String>) {
                $(shown.push($crate::config::value::Value::show(&self.$field));)*
            }
        }
    };
}
pub(super) use section;
