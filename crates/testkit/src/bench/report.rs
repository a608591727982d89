//! The tables, for the terminal and for `docs/benchmarks.md`.

use std::io::Write as _;

use anyhow::Result;

/// One table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) title: String,
    /// What was done, and what the columns mean.
    pub(crate) about: String,
    pub(crate) columns: Vec<&'static str>,
    /// As many cells as there are columns.
    pub(crate) rows: Vec<Vec<String>>,
}

/// All tables of a measurement, and what they were measured on.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    title: &'static str,
    command: &'static str,
    machine: Vec<(&'static str, String)>,
    pub(crate) tables: Vec<Table>,
}

impl Report {
    pub(crate) fn new(
        title: &'static str,
        command: &'static str,
        machine: Vec<(&'static str, String)>,
    ) -> Self {
        Self { title, command, machine, tables: Vec::new() }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "# {}\n\n\
            Written by `{}`; do not edit. Medians, with the smallest and largest run in brackets. Every\n\
            delivery was counted and every order checked: a lost, doubled or reordered one ends the measurement.\n\n",
            self.title, self.command
        );
        for (name, value) in &self.machine {
            text += &format!("- {name}: {value}\n");
        }
        for table in &self.tables {
            text += &format!("\n## {}\n\n{}\n\n", table.title, table.about);
            text += &line(&table.columns);
            text += &line(&vec!["---"; table.columns.len()]);
            for row in &table.rows {
                text += &line(row);
            }
        }
        text
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.machine {
            text += &format!("{name}: {value}\n");
        }
        for table in &self.tables {
            text += &format!("\n{}\n", table.title);
            let header: Vec<String> = table.columns.iter().map(|&column| column.to_owned()).collect();
            let lines: Vec<&Vec<String>> = std::iter::once(&header).chain(&table.rows).collect();
            let widths = (0..header.len()).map(|at| {
                lines.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
            });
            let widths: Vec<usize> = widths.collect();
            for row in lines {
                let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
                text += cells.collect::<Vec<_>>().join("  ").trim_end();
                text.push('\n');
            }
        }
        text
    }
}

fn line(cells: &[impl AsRef<str>]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.as_ref().replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Prints to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_out_in_both_forms() {
        let mut report = Report::new("Title", "make bench", vec![("Machine", "a|b".to_owned())]);
        report.tables.push(Table {
            title: "Speed".to_owned(),
            about: "How fast.".to_owned(),
            columns: vec!["what", "value"],
            rows: vec![vec!["long name".to_owned(), "1".to_owned()], vec!["x|y".to_owned(), "22".to_owned()]],
        });
        let markdown = report.markdown();
        assert!(
            markdown.contains("## Speed\n\nHow fast.\n\n| what | value |\n| --- | --- |\n"),
            "{markdown}"
        );
        assert!(markdown.contains("| x\\|y | 22 |\n"), "{markdown}");
        assert!(report.text().contains("long name  1\nx|y        22\n"), "{}", report.text());
    }
}
