//! The header.

use super::limits::Encoding;
use super::{Layout, labels};
use crate::Format;
use crate::convert::Start;
use std::io::{self, Write};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// What one signal's columns of the header say.
struct Column {
    label: String,
    unit: String,
    physical: [String; 2],
    digital: [i32; 2],
    samples: usize,
}

impl Column {
    fn of(label: &str, encoding: &Encoding, samples: usize) -> Self {
        Self {
            label: label.to_owned(),
            unit: labels::unit(&encoding.unit),
            physical: encoding.physical.clone(),
            digital: encoding.digital,
            samples,
        }
    }
}

/// Writes the header of a file with these signals and a list of annotations behind them.
pub(super) fn write(out: &mut impl Write, format: Format, layout: &Layout, start: Option<Start>) -> io::Result<()> {
    let name = format.name();
    let mut columns: Vec<Column> = layout
        .signals
        .iter()
        .map(|s| Column::of(&s.label, &s.encoding, layout.records.samples.get(s.place).copied().unwrap_or(1)))
        .collect();
    let digital = if format == Format::Bdf { [-8_388_608, 8_388_607] } else { [-32_768, 32_767] };
    columns.push(Column {
        label: format!("{name} Annotations"),
        unit: String::new(),
        physical: ["-1".into(), "1".into()],
        digital,
        samples: layout.lists.bytes / layout.sample_bytes(),
    });

    let [year, month, day, hour, minute, second] = start.unwrap_or(Start::UNKNOWN).parts();
    let month_name = month.parse().ok().and_then(|m: usize| MONTHS.get(m.wrapping_sub(1))).unwrap_or(&"JAN");
    let date = if start.is_some() { format!("{day}-{month_name}-{year}") } else { "X".into() };
    let records: usize = layout.records.counts.iter().sum();
    let variant = if layout.is_continuous() { "C" } else { "D" };

    match format {
        Format::Bdf => out.write_all(b"\xffBIOSEMI")?,
        _ => field(out, "0", 8)?,
    }
    field(out, "X X X X", 80)?;
    field(out, &format!("Startdate {date} X X motrace"), 80)?;
    field(out, &format!("{day}.{month}.{}", year.get(2..).unwrap_or("85")), 8)?;
    field(out, &format!("{hour}.{minute}.{second}"), 8)?;
    field(out, &(256 * (columns.len() + 1)).to_string(), 8)?;
    field(out, &format!("{name}+{variant}"), 44)?;
    field(out, &records.to_string(), 8)?;
    field(out, &layout.records.secs_text, 8)?;
    field(out, &columns.len().to_string(), 4)?;
    column(out, &columns, 16, |c| c.label.clone())?;
    column(out, &columns, 80, |_| String::new())?;
    column(out, &columns, 8, |c| c.unit.clone())?;
    column(out, &columns, 8, |c| c.physical[0].clone())?;
    column(out, &columns, 8, |c| c.physical[1].clone())?;
    column(out, &columns, 8, |c| c.digital[0].to_string())?;
    column(out, &columns, 8, |c| c.digital[1].to_string())?;
    column(out, &columns, 80, |_| String::new())?;
    column(out, &columns, 8, |c| c.samples.to_string())?;
    column(out, &columns, 32, |_| String::new())
}

fn column(out: &mut impl Write, columns: &[Column], width: usize, text: impl Fn(&Column) -> String) -> io::Result<()> {
    columns.iter().try_for_each(|c| field(out, &text(c), width))
}

fn field(out: &mut impl Write, text: &str, width: usize) -> io::Result<()> {
    debug_assert!(text.len() <= width && text.is_ascii(), "{text:?} in {width} characters");
    out.write_all(format!("{text:<width$}").as_bytes())
}
