//! Two macros that write a section of the language down once: its type, how it is read and
//! written, and its JSON Schema all follow from one declaration.

/// Declares a table: `key: Type` must be written, `key: Type = default` may be left out.
macro_rules! table {
    // When everything may be left out, leaving everything out is the default.
    (
        $(#[doc = $about:literal])+
        $what:literal
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty = $default:expr ),+ $(,)?
        }
    ) => {
        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        table! {
            @type
            $(#[doc = $about])+
            $what
            pub struct $name {
                $( $(#[doc = $doc])+ $field: $type = $default, )+
            }
        }
    };
    (
        $(#[doc = $about:literal])+
        $what:literal
        pub struct $name:ident { $($fields:tt)+ }
    ) => {
        table! {
            @type
            $(#[doc = $about])+
            $what
            pub struct $name { $($fields)+ }
        }
    };
    (
        @type
        $(#[doc = $about:literal])+
        $what:literal
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident : $type:ty $(= $default:expr)? ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl $crate::scenario::document::Setting for $name {
            fn read(
                node: &$crate::scenario::document::Node,
                reader: &mut $crate::scenario::document::Reader<'_>,
            ) -> Option<Self> {
                let mut fields = $crate::scenario::document::Fields::of(node, $what, reader)?;
                $( let $field = table!(@read fields, reader, $field, $type $(, $default)?); )+
                fields.finish(reader);
                Some(Self { $( $field: $field?, )+ })
            }

            fn write(&self) -> Option<$crate::scenario::document::Node> {
                let mut table = $crate::scenario::document::Table::new();
                $( table!(@write table, self, $field, $type $(, $default)?); )+
                Some($crate::scenario::document::Value::Table(table).into())
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut properties = serde_json::Map::new();
                let required: Vec<&str> = [$( table!(@required $field $(, $default)?) ),+]
                    .into_iter()
                    .flatten()
                    .collect();
                $(
                    let mut one = <$type as $crate::scenario::document::Setting>::schema(generator);
                    one.insert("description".to_owned(), concat!($($doc),+).trim().into());
                    table!(@default one, $type $(, $default)?);
                    properties.insert(table!(@key $field).to_owned(), one.to_value());
                )+
                schemars::json_schema!({
                    "type": "object",
                    "description": concat!($($about),+).trim(),
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                })
            }
        }
    };
    // A key named like a keyword of Rust carries `r#` in the type only.
    (@key $field:ident) => {{
        const WRITTEN: &str = stringify!($field);
        match WRITTEN.strip_prefix("r#") {
            Some(key) => key,
            None => WRITTEN,
        }
    }};
    (@read $fields:ident, $reader:ident, $field:ident, $type:ty) => {
        $fields.required::<$type>(table!(@key $field), $reader)
    };
    (@read $fields:ident, $reader:ident, $field:ident, $type:ty, $default:expr) => {
        $fields.optional::<$type>(table!(@key $field), $reader, || $default)
    };
    (@write $table:ident, $self:ident, $field:ident, $type:ty) => {
        if let Some(node) = $crate::scenario::document::Setting::write(&$self.$field) {
            let key = $crate::scenario::document::Span::default();
            let entry = $crate::scenario::document::Entry { key, node };
            $table.insert(table!(@key $field).to_owned(), entry);
        }
    };
    (@write $table:ident, $self:ident, $field:ident, $type:ty, $default:expr) => {{
        let default: $type = $default;
        if $self.$field != default {
            table!(@write $table, $self, $field, $type);
        }
    }};
    (@required $field:ident) => {
        Some(table!(@key $field))
    };
    (@required $field:ident, $default:expr) => {
        None
    };
    (@default $one:ident, $type:ty) => {};
    (@default $one:ident, $type:ty, $default:expr) => {{
        let default: $type = $default;
        if let Some(node) = $crate::scenario::document::Setting::write(&default)
            && let Ok(json) = serde_json::to_value(&node)
        {
            $one.insert("default".to_owned(), json);
        }
    }};
}

/// Declares a choice between words.
macro_rules! words {
    (
        $(#[doc = $about:literal])+
        $what:literal
        pub enum $name:ident {
            $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl $name {
            /// Every choice, as it is written.
            pub const WORDS: &'static [&'static str] = &[$( $word ),+];

            /// Returns the choice as it is written.
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }

            /// Returns the choice written as `word`, if there is one.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $( $word => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::scenario::document::Setting for $name {
            fn read(
                node: &$crate::scenario::document::Node,
                reader: &mut $crate::scenario::document::Reader<'_>,
            ) -> Option<Self> {
                let read = node.as_text().and_then(Self::from_word);
                if read.is_none() {
                    reader.unknown_word(node, $what, Self::WORDS);
                }
                read
            }

            fn write(&self) -> Option<$crate::scenario::document::Node> {
                Some($crate::scenario::document::Node::text(self.as_str()))
            }

            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "oneOf": [
                    $( { "const": $word, "description": concat!($($doc),+).trim() }, )+
                    { "type": "string", "pattern": $crate::scenario::document::VARIABLE },
                ] })
            }
        }
    };
}

pub(crate) use {table, words};
