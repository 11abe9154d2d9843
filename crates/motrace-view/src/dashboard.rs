//! The dashboard: what a session looks like in a terminal, and what its keys do.

mod axis;
pub(crate) mod braille;
mod compare;
mod course;
mod decision;
pub(crate) mod draw;
mod header;
mod health;
mod heat;
mod help;
pub(crate) mod ink;
mod ledger;
mod legend;
mod look;
mod minimal;
mod pages;
mod quality;
pub(crate) mod scalp;
pub(crate) mod traces;
mod trials;

pub use ink::{ColourDepth, detect_ground};

use crate::{
    palette::Ground,
    session::{Phase, Session},
};
use course::CourseViews;
use ink::Ink;
use look::Look;
use motrace_core::View;
use ratatui::{
    Frame,
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    layout::Rect,
};
use scalp::ScalpMaps;
use traces::TraceWindow;

/// What a key asks the application to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing that concerns the application.
    None,
    /// End the session.
    Quit,
    /// The trial of this number is looked at now: the application may give its relevance and traces.
    SelectTrial(usize),
    /// The newest decision is looked at again.
    Follow,
    /// The picture is held (true) or runs on (false). The session goes on; a player may want to stop too.
    Pause(bool),
    /// What the operator wants of a session; only while it has a course.
    Course(CourseKey),
}

/// What the operator wants of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CourseKey {
    /// Accept what is shown, begin, go on.
    GoOn,
    /// Pause before the next trial, or go on after a pause.
    Pause,
    /// Do the running trial again, or the step that is asked about.
    Repeat,
    /// End a break early.
    Next,
    /// End the session; whoever runs it asks again.
    Abort,
    /// Show the participant's picture on this terminal, or the dashboard again.
    Switch,
}

impl CourseKey {
    /// What a key asks of a session, on the dashboard as on the participant's picture.
    #[must_use]
    pub fn of(key: KeyEvent) -> Option<Self> {
        if key.kind == KeyEventKind::Release || key.modifiers.contains(KeyModifiers::CONTROL) {
            return None;
        }
        match key.code {
            KeyCode::Enter => Some(Self::GoOn),
            KeyCode::Char('p') => Some(Self::Pause),
            KeyCode::Char('r') => Some(Self::Repeat),
            KeyCode::Char('n') => Some(Self::Next),
            KeyCode::Char('x' | 'q') | KeyCode::Esc => Some(Self::Abort),
            KeyCode::Char('s') => Some(Self::Switch),
            _ => None,
        }
    }
}

/// One arrangement of panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Page {
    Session,
    #[default]
    Overview,
    Relevance,
    Ledger,
    Compare,
    Trials,
    Stream,
}

impl Page {
    const ALL: [Self; 6] = [Self::Session, Self::Overview, Self::Relevance, Self::Ledger, Self::Trials, Self::Stream];
    const COMPARED: [Self; 7] =
        [Self::Session, Self::Overview, Self::Relevance, Self::Ledger, Self::Compare, Self::Trials, Self::Stream];

    /// The pages there are: the session's own only where it has a course, two decoders side by side where there are two.
    fn of(session: &Session) -> &'static [Self] {
        let pages: &'static [Self] = if session.comparison().is_some() { &Self::COMPARED } else { &Self::ALL };
        if session.course().is_some() { pages } else { &pages[1..] }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Session => "Session",
            Self::Overview => "Overview",
            Self::Relevance => "Relevance",
            Self::Ledger => "Ledger",
            Self::Compare => "Compare",
            Self::Trials => "Trials",
            Self::Stream => "Stream",
        }
    }
}

/// What is looked at, and how: everything about the screen that is not about the session.
#[derive(Debug)]
pub struct Dashboard {
    depth: ColourDepth,
    ground: Ground,
    /// The page that was chosen; `None` for the first there is.
    page: Option<Page>,
    view: View,
    /// The trial that is looked at; `None` for the newest decision.
    chosen: Option<usize>,
    window: TraceWindow,
    is_help_open: bool,
    is_paused: bool,
    held: Option<Box<Session>>,
    maps: ScalpMaps,
    /// Of the second decoder, whose channels may be others.
    other_maps: ScalpMaps,
    course: CourseViews,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self::new(ColourDepth::True, Ground::Dark)
    }
}

impl Dashboard {
    /// A dashboard for a terminal with these colours.
    #[must_use]
    pub fn new(depth: ColourDepth, ground: Ground) -> Self {
        Self {
            depth,
            ground,
            page: None,
            view: View::Pattern,
            chosen: None,
            window: TraceWindow::default(),
            is_help_open: false,
            is_paused: false,
            held: None,
            maps: ScalpMaps::default(),
            other_maps: ScalpMaps::default(),
            course: CourseViews::new(depth, ground),
        }
    }

    /// A dashboard for the terminal the program runs in.
    #[must_use]
    pub fn detect() -> Self {
        Self::new(ColourDepth::detect(), detect_ground())
    }

    /// The view of the relevance that is shown.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// Shows another view of the relevance.
    pub fn set_view(&mut self, view: View) {
        self.view = view;
    }

    /// The number of the trial that is looked at; `None` for the newest decision.
    #[must_use]
    pub fn chosen_trial(&self) -> Option<usize> {
        self.chosen
    }

    /// Looks at a trial, or (`None`) at the newest decision.
    pub fn choose_trial(&mut self, number: Option<usize>) {
        self.chosen = number;
    }

    /// Draws the session.
    pub fn render(&mut self, frame: &mut Frame<'_>, session: &Session) {
        let area = frame.area();
        self.render_to(frame.buffer_mut(), area, session);
    }

    /// Draws the session into a part of a buffer.
    pub fn render_to(&mut self, buffer: &mut Buffer, area: Rect, session: &Session) {
        if self.is_paused && self.held.is_none() {
            self.held = Some(Box::new(session.clone()));
        }
        let held = self.held.take();
        self.draw(buffer, area.intersection(buffer.area), held.as_deref().unwrap_or(session));
        self.held = held;
        ink::reduce(buffer, area, self.depth);
    }

    /// The page that is shown.
    fn page(&self, session: &Session) -> Page {
        let pages = Page::of(session);
        self.page.filter(|p| pages.contains(p)).or(pages.first().copied()).unwrap_or_default()
    }

    fn turn_page(&mut self, session: &Session, forward: bool) {
        let pages = Page::of(session);
        let at = pages.iter().position(|p| *p == self.page(session)).unwrap_or(0);
        let by = if forward { 1 } else { pages.len() - 1 };
        self.page = pages.get((at + by) % pages.len()).copied();
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, session: &Session) {
        let trials = session.trials();
        // A recording is looked at trial by trial; there is no newest decision to follow.
        let chosen = match session.phase() {
            Phase::Reviewing => self.chosen.or_else(|| trials.first().map(|t| t.number)),
            _ => self.chosen,
        };
        let trial = chosen.and_then(|n| trials.binary_search_by_key(&n, |t| t.number).ok()).map(|i| &trials[i]);
        let ink = Ink { depth: self.depth, ground: self.ground };
        let mut look = Look { session, ink, view: self.view, trial };
        if let Some(evidence) = look.evidence() {
            look.view = evidence.nearest(self.view);
        }
        pages::draw(self, buffer, area, &look);
    }

    /// What a key does; the session tells which trials there are.
    pub fn on_key(&mut self, key: KeyEvent, session: &Session) -> Action {
        if key.kind == KeyEventKind::Release {
            return Action::None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return if matches!(key.code, KeyCode::Char('c' | 'C')) { Action::Quit } else { Action::None };
        }
        if self.is_help_open && key.code != KeyCode::Char('q') {
            self.is_help_open = false;
            return Action::None;
        }
        if session.course().is_some()
            && let Some(key) = CourseKey::of(key)
        {
            return Action::Course(key);
        }
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Action::Quit,
            KeyCode::Char('?') | KeyCode::F(1) => self.is_help_open = true,
            KeyCode::Tab => self.turn_page(session, true),
            KeyCode::BackTab => self.turn_page(session, false),
            KeyCode::Char('1') => self.view = View::Input,
            KeyCode::Char('2') => self.view = View::Pattern,
            KeyCode::Char('3') => self.view = View::Source,
            KeyCode::Char('v') => {
                let at = crate::session::view_index(self.view);
                self.view = View::ALL[(at + 1) % View::ALL.len()];
            }
            KeyCode::PageUp => self.window.offset = self.window.offset.saturating_sub(self.window.shown),
            KeyCode::PageDown => self.window.offset = self.window.offset.saturating_add(self.window.shown),
            KeyCode::Char('+' | '=') => self.window.zoom(true),
            KeyCode::Char('-' | '_') => self.window.zoom(false),
            KeyCode::Char('0') => self.window.fixed_microvolts = None,
            KeyCode::Char(' ' | 'p') => {
                self.is_paused = !self.is_paused;
                self.held = None;
                return Action::Pause(self.is_paused);
            }
            _ => {
                let shown = self.held.take();
                let action = self.on_trial_key(key.code, shown.as_deref().unwrap_or(session));
                self.held = shown;
                return action;
            }
        }
        Action::None
    }

    fn on_trial_key(&mut self, code: KeyCode, session: &Session) -> Action {
        let trials = session.trials();
        let is_reviewing = matches!(session.phase(), Phase::Reviewing);
        let Some(last) = trials.len().checked_sub(1) else {
            return Action::None;
        };
        let at = self.chosen.and_then(|n| trials.binary_search_by_key(&n, |t| t.number).ok());
        let at = if is_reviewing { at.or(Some(0)) } else { at };
        let next = match (code, at) {
            (KeyCode::Up | KeyCode::Char('k'), None) => Some(last),
            (KeyCode::Up | KeyCode::Char('k'), Some(i)) => Some(i.saturating_sub(1)),
            (KeyCode::Down | KeyCode::Char('j'), Some(i)) if i < last => Some(i + 1),
            (KeyCode::Down | KeyCode::Char('j'), Some(_)) if is_reviewing => Some(last),
            (KeyCode::Down | KeyCode::Char('j'), _) => None,
            (KeyCode::Home, _) => Some(0),
            (KeyCode::End, _) if is_reviewing => Some(last),
            (KeyCode::End | KeyCode::Enter, _) if !is_reviewing => None,
            _ => return Action::None,
        };
        let number = next.map(|i| trials[i].number);
        if number == self.chosen {
            return Action::None;
        }
        self.chosen = number;
        number.map_or(Action::Follow, Action::SelectTrial)
    }
}

#[cfg(test)]
mod tests;
