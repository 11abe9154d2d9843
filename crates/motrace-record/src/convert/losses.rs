/// What a target does not hold, in sentences for people; bounded, as files have thousands of channels.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    list: Vec<String>,
    more: usize,
}

impl Losses {
    const MOST: usize = 60;

    pub(crate) fn push(&mut self, text: impl Into<String>) {
        if self.list.len() < Self::MOST {
            self.list.push(text.into());
        } else {
            self.more += 1;
        }
    }

    /// Says something of `count` things, where there are any.
    pub(crate) fn count(&mut self, count: usize, what: &str) {
        if count > 0 {
            self.push(format!("{count} {what}"));
        }
    }

    pub(crate) fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            self.list.push(format!("… and {} more of this kind", self.more));
        }
        self.list
    }
}
