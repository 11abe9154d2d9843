use motrace_core::clean_text;

/// Remarks about a file, bounded so that a file full of damage does not fill the memory with them.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    list: Vec<String>,
    more: usize,
}

impl Warnings {
    const MOST: usize = 100;
    const MOST_CHARS: usize = 1000;

    pub(crate) fn push(&mut self, text: impl Into<String>) {
        if self.list.len() < Self::MOST {
            // Some quote the file, which can say anything.
            self.list.push(clean_text(&text.into(), Self::MOST_CHARS));
        } else {
            self.more += 1;
        }
    }

    /// Puts remarks before all others.
    pub(crate) fn put_first(&mut self, remarks: Vec<String>) {
        self.list.splice(0..0, remarks);
    }

    pub(crate) fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            self.list.push(format!("… and {} more remarks of this kind", self.more));
        }
        self.list
    }
}
