use crate::description::MAX_TEXT_BYTES;
use crate::{LslError, backend};
use motrace_core::{SampleFormat, StreamInfo, clean_text};
use std::time::Duration;

/// A stream that this program publishes.
pub struct Outlet {
    inner: backend::Outlet,
    info: StreamInfo,
    format: SampleFormat,
}

impl Outlet {
    /// Publishes a stream: float32 samples, or strings where the stream is text. It is on the network when this
    /// returns. The uid is given by the library; see [`Outlet::info`].
    ///
    /// # Errors
    /// When the stream has no name, is beyond the limits of [`StreamInfo::check_limits`], or no port is free.
    pub fn new(stream: &StreamInfo) -> Result<Self, LslError> {
        Self::described(stream, if stream.is_text { SampleFormat::Text } else { SampleFormat::Float32 }, &[])
    }

    /// Publishes a stream of double64 samples, for [`Outlet::push_f64`].
    ///
    /// # Errors
    /// As [`Outlet::new`], and when the stream is a text stream.
    pub fn new_f64(stream: &StreamInfo) -> Result<Self, LslError> {
        Self::described(stream, SampleFormat::Double64, &[])
    }

    /// Publishes a stream of this format, with more to say of it than its channels: each key becomes an element of
    /// its description, beside the channels. Keys are letters, digits, `_`, `-` and `.`, and begin with a letter.
    ///
    /// # Errors
    /// As [`Outlet::new`]; when the format is neither float32, double64 nor string, or does not fit the stream; and
    /// when a key is no XML name or a value is longer than 64 KiB.
    pub fn described(stream: &StreamInfo, format: SampleFormat, metadata: &[(&str, &str)]) -> Result<Self, LslError> {
        let shown = || clean_text(&stream.name, 60);
        if stream.name.is_empty() {
            return Err(LslError::Invalid("a stream needs a name before it can be published".into()));
        }
        StreamInfo::check_limits(stream.channels.len(), stream.rate_hz, 1.0)
            .map_err(|limit| LslError::TooLarge { stream: shown(), limit })?;
        let labels = stream.channels.iter().map(|c| &c.label);
        if labels.chain([&stream.name, &stream.kind, &stream.source_id]).any(|t| t.len() > MAX_TEXT_BYTES) {
            return Err(LslError::Refused { stream: shown(), reason: "a text in it is longer than 64 KiB".into() });
        }
        if stream.is_text && stream.channels.len() != 1 {
            return Err(LslError::Invalid(format!("the text stream `{}` must have one channel", shown())));
        }
        let is_published = matches!(format, SampleFormat::Float32 | SampleFormat::Double64 | SampleFormat::Text);
        if !is_published || stream.is_text != (format == SampleFormat::Text) {
            let format = format.name();
            return Err(LslError::Invalid(format!("the stream `{}` cannot be published as {format}", shown())));
        }
        for (key, value) in metadata {
            if !is_name(key) || value.len() > MAX_TEXT_BYTES {
                let key = clean_text(key, 40);
                return Err(LslError::Invalid(format!("`{key}` cannot be said of the stream `{}`", shown())));
            }
        }
        let inner = backend::Outlet::open(stream, format, metadata)?;
        let mut info = stream.clone();
        info.uid = inner.uid();
        Ok(Self { inner, info, format })
    }

    /// What is published, its uid included.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// Sends samples, interleaved `[samples × channels]`. `last_stamp_secs` is the time of the last one on the
    /// LSL clock; those before it are taken to be spaced by the nominal rate. `None` means now.
    ///
    /// # Errors
    /// When the values are not a whole number of samples, or the stream is not one of float32 samples.
    pub fn push(&mut self, interleaved: &[f32], last_stamp_secs: Option<f64>) -> Result<(), LslError> {
        self.check(SampleFormat::Float32, interleaved.len())?;
        if !interleaved.is_empty() {
            self.inner.push(interleaved, last_stamp_secs.unwrap_or_else(backend::clock));
        }
        Ok(())
    }

    /// As [`Outlet::push`], for a stream of double64 samples ([`Outlet::new_f64`]).
    ///
    /// # Errors
    /// When the values are not a whole number of samples, or the stream is not one of double64 samples.
    pub fn push_f64(&mut self, interleaved: &[f64], last_stamp_secs: Option<f64>) -> Result<(), LslError> {
        self.check(SampleFormat::Double64, interleaved.len())?;
        if !interleaved.is_empty() {
            self.inner.push_f64(interleaved, last_stamp_secs.unwrap_or_else(backend::clock));
        }
        Ok(())
    }

    fn check(&self, format: SampleFormat, values: usize) -> Result<(), LslError> {
        let channels = self.info.channels.len();
        let name = || clean_text(&self.info.name, 60);
        if self.format != format {
            let (is, given) = (self.format.name(), format.name());
            return Err(LslError::Invalid(format!("the stream `{}` takes {is} samples, not {given}", name())));
        }
        if !values.is_multiple_of(channels) {
            let name = name();
            return Err(LslError::Invalid(format!(
                "{values} values are no whole number of samples of the {channels}-channel stream `{name}`"
            )));
        }
        Ok(())
    }

    /// Sends one text, such as a marker. `None` means now.
    ///
    /// # Errors
    /// When the stream carries numbers, or the text is longer than 64 KiB.
    pub fn push_text(&mut self, text: &str, stamp_secs: Option<f64>) -> Result<(), LslError> {
        if !self.info.is_text || text.len() > MAX_TEXT_BYTES {
            return Err(LslError::Invalid(format!(
                "the stream `{}` takes {}",
                clean_text(&self.info.name, 60),
                if self.info.is_text { "texts of at most 64 KiB" } else { "numbers, not texts" }
            )));
        }
        self.inner.push_text(text, stamp_secs.unwrap_or_else(backend::clock));
        Ok(())
    }

    /// Whether anybody is reading.
    #[must_use]
    pub fn have_consumers(&self) -> bool {
        self.inner.consumers()
    }

    /// Waits until somebody reads; `false` when nobody does within `timeout`.
    #[must_use]
    pub fn wait_for_consumers(&self, timeout: Duration) -> bool {
        self.inner.wait_for_consumers(timeout)
    }
}

/// Whether this can be the name of an element.
fn is_name(key: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    key.len() <= 100 && key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(allowed)
}
