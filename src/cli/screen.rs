//! What commands print: two languages, colour on a terminal only, and a closed pipe that is no fault.

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};

use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};

/// The language of what a command prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Tiếng Việt.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// The sentence in this language.
    pub fn say<'s>(self, vi: &'s str, en: &'s str) -> &'s str {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What is there.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What somebody should look at.
pub const NOTICE: Style = AnsiColor::Yellow.on_default();
/// What is gone or wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What only explains.
pub const FAINT: Style = Style::new().dimmed();

/// The text in a style; [`print`] takes the style out again where it cannot be shown.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A table whose first columns are words and whose others are numbers.
pub fn table(header: &[&str], words: usize, lines: impl IntoIterator<Item = Vec<String>>) -> String {
    const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut table = Table::new();
    let aligned = |(index, text): (usize, &str)| {
        let alignment = if index < words { CellAlignment::Left } else { CellAlignment::Right };
        Cell::new(text).set_alignment(alignment)
    };
    table.load_style(STYLE).set_header(header.iter().copied().enumerate().map(aligned));
    for line in lines {
        table.add_row(line.iter().map(String::as_str).enumerate().map(aligned));
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// The beginning of a text that is too long for a column.
pub fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let start: String = text.chars().take(longest - 1).collect();
    format!("{}…", start.trim_end())
}

/// Prints to standard output, without colour when it is no terminal or `NO_COLOR` is set.
///
/// # Errors
/// The output cannot be written; a closed pipe too, which [`closed_pipe`] recognises.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether the reader of the output went away (`| head -1`): nothing is wrong then.
pub fn closed_pipe(error: &anyhow::Error) -> bool {
    let io_error = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A counter on standard error while somebody waits at a terminal; silent otherwise.
pub struct Progress {
    shown: bool,
    done: usize,
    total: usize,
}

impl Progress {
    /// A counter for so many steps.
    pub fn new(total: usize) -> Self {
        Self { shown: io::stderr().is_terminal(), done: 0, total }
    }

    /// One step more; `what` is being worked on.
    pub fn step(&mut self, what: &str) {
        self.done += 1;
        if self.shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K{}/{} {what}", self.done, self.total);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
