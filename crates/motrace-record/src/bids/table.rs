use motrace_core::clean_text;

/// A table of tab-separated values, as BIDS writes them: a line of names, then a line for each row.
#[derive(Debug, PartialEq)]
pub(super) struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table that has at least these columns.
    pub(super) fn parse(text: &str, wanted: &[&str]) -> Result<Self, String> {
        let cells = |line: &str| line.split('\t').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let Some((_, first)) = lines.next() else { return Err("it is empty".into()) };
        let names = cells(first);
        for column in wanted {
            if !names.iter().any(|n| n == column) {
                let there = names.iter().map(|n| clean_text(n, 20)).collect::<Vec<_>>().join(", ");
                return Err(format!("it has no column {column:?}; it has {}", clean_text(&there, 200)));
            }
        }
        let mut rows = Vec::new();
        for (number, line) in lines {
            let row = cells(line);
            if row.len() != names.len() {
                return Err(format!("line {} has {} columns, its first line {}", number + 1, row.len(), names.len()));
            }
            rows.push(row);
        }
        Ok(Self { names, rows })
    }

    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// What stands in a column; `None` where nothing does, `n/a` included.
    pub(super) fn text(self, column: &str) -> Option<&'a str> {
        let place = self.table.names.iter().position(|n| n == column)?;
        self.cells.get(place).map(String::as_str).filter(|cell| !cell.is_empty() && !cell.eq_ignore_ascii_case("n/a"))
    }

    /// The number in a column; `None` where nothing stands there.
    pub(super) fn number(self, column: &str) -> Result<Option<f64>, String> {
        let Some(text) = self.text(column) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(format!("{:?} in the column {column:?} is no number", clean_text(text, 30))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_the_names_of_columns() {
        let table =
            Table::parse("onset\tduration\ttrial_type\r\n1.5\tn/a\tleft\r\n\r\n2\t4\tn/a\r\n", &["onset"]).unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows[0].number("onset"), Ok(Some(1.5)));
        assert_eq!(rows[0].number("duration"), Ok(None));
        assert_eq!((rows[0].text("trial_type"), rows[1].text("trial_type")), (Some("left"), None));
        assert_eq!(rows[0].text("value"), None);
        assert!(rows[0].number("trial_type").is_err());
    }

    #[test]
    fn tables_that_are_none_are_refused() {
        for (text, part) in [
            ("", "empty"),
            ("onset,duration\n1,2\n", "no column \"onset\""),
            ("onset\tduration\n1\n", "line 2 has 1 columns"),
        ] {
            let error = Table::parse(text, &["onset"]).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
