//! What is wrong with a scenario, where, and what was meant. Rule: a complaint without a place is
//! not made.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Severity,
};

use super::{Position, Sources, Span};

/// How bad it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// The scenario cannot be run.
    Error,
    /// It can be run, but probably does not say what its author means.
    Warning,
}

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in lower case.
    pub message: String,
    /// What is written at the place itself.
    pub label: String,
    /// What would be right.
    pub help: Option<String>,
    /// Where.
    pub span: Span,
    /// Another place that matters, with its label.
    pub other: Option<(Span, String)>,
}

impl Diagnostic {
    /// Returns an error.
    pub(crate) fn error(span: Span, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            message: message.into(),
            label: "here".to_owned(),
            help: None,
            span,
            other: None,
        }
    }

    /// Returns a warning.
    pub(crate) fn warning(span: Span, message: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(span, message)
        }
    }

    /// Says what would be right.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what stands at the place.
    #[must_use]
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub(crate) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.other = Some((span, label.into()));
        self
    }
}

/// Everything that is wrong with a scenario, in the order of the text; never empty as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    sources: Sources,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Orders complaints by place.
    pub(crate) fn new(sources: Sources, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|one| (one.span.file, one.span.start, one.span.end));
        list.dedup();
        Self { sources, list }
    }

    /// Returns the complaints, by place.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Returns whether there is nothing to complain about.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|one| one.level == Level::Error)
    }

    /// Returns the texts the places lie in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Returns the path of the file and the place a complaint is about.
    pub fn place(&self, one: &Diagnostic) -> (String, Position) {
        let path = self
            .sources
            .source(one.span)
            .map_or_else(String::new, |source| source.path.display().to_string());
        (path, self.sources.position(one.span))
    }

    /// Draws every complaint with the lines it is about, in colour or plain.
    pub fn render(&self, colour: bool) -> String {
        let theme = if colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(100)
            .with_links(false);
        let mut drawn = String::new();
        for one in &self.list {
            let source = self.sources.source(one.span);
            let report = miette::Report::new(self.to_miette(one));
            let report = match source {
                Some(source) => report.with_source_code(NamedSource::new(
                    source.path.display().to_string(),
                    source.text.clone(),
                )),
                None => report,
            };
            // Writing into a string cannot fail.
            let _ = handler.render_report(&mut drawn, report.as_ref());
            drawn.push('\n');
        }
        drawn
    }

    fn to_miette(&self, one: &Diagnostic) -> MietteDiagnostic {
        let label = |span: Span, text: &str| {
            LabeledSpan::new(Some(text.to_owned()), span.start, span.end - span.start)
        };
        let mut drawn = MietteDiagnostic::new(one.message.clone())
            .with_severity(match one.level {
                Level::Error => Severity::Error,
                Level::Warning => Severity::Warning,
            })
            .with_label(label(self.within(one.span), &one.label));
        if let Some((span, text)) = &one.other
            && span.file == one.span.file
        {
            drawn = drawn.and_label(label(self.within(*span), text));
        }
        match &one.help {
            Some(help) => drawn.with_help(help.clone()),
            None => drawn,
        }
    }

    /// Cuts a span to its file, whole characters only: a drawing must never fail.
    fn within(&self, span: Span) -> Span {
        let text = self.sources.source(span).map_or("", |source| &source.text);
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        Span {
            start,
            end: floor(span.end).max(start),
            ..span
        }
    }
}

impl fmt::Display for Diagnostics {
    /// Writes one line per complaint: `file:line:column: message (help)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.list.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            let (path, position) = self.place(one);
            let Position { line, column } = position;
            let level = match one.level {
                Level::Error => "",
                Level::Warning => "warning: ",
            };
            // A scenario made by a program has no file to point at.
            if !path.is_empty() {
                write!(f, "{path}:{line}:{column}: ")?;
            }
            write!(f, "{level}{}", one.message)?;
            if let Some(help) = &one.help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
