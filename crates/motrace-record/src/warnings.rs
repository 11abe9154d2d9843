/// Remarks about a file, bounded so that a file full of damage does not fill the memory with them.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    list: Vec<String>,
    more: usize,
}

impl Warnings {
    const MOST: usize = 100;

    pub(crate) fn push(&mut self, text: impl Into<String>) {
        if self.list.len() < Self::MOST {
            self.list.push(text.into());
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            self.list.push(format!("… and {} more remarks of this kind", self.more));
        }
        self.list
    }
}
