use super::FileKind;
use clap::{Arg, Command};
use std::fmt::Write;

/// A function around that of `clap`, which by itself offers every file, and options where a file is wanted.
pub fn by_kind(program: &Command) -> String {
    let (mut options, mut operands) = (String::new(), String::new());
    for command in program.get_subcommands() {
        let name = command.get_name();
        for option in command.get_opts().filter(|o| o.get_action().takes_values()) {
            let spellings = spellings(option);
            let patterns: Vec<String> = spellings.iter().map(|s| format!("\"{name} {s}\"")).collect();
            let kind = FileKind::of(option).map_or_else(|| "words".into(), wanted);
            let _ = writeln!(options, "        {}) wanted=\"{kind}\" ;;", patterns.join("|"));
        }
        // All operands of a command are of one kind.
        if let Some(kind) = command.get_positionals().find_map(FileKind::of) {
            let _ = writeln!(operands, "            {name}) wanted=\"{}\" ;;", wanted(kind));
        }
    }
    TEMPLATE.replace("@OPTIONS@", options.trim_end()).replace("@OPERANDS@", operands.trim_end())
}

/// `-c` and `--config`.
fn spellings(option: &Arg) -> Vec<String> {
    let short = option.get_short().map(|s| format!("-{s}"));
    let long = option.get_long().map(|l| format!("--{l}"));
    short.into_iter().chain(long).collect()
}

/// What the function below is told; endings in both cases, as patterns that every bash knows.
fn wanted(kind: FileKind) -> String {
    let either = |c: char| format!("[{c}{}]", c.to_ascii_uppercase());
    match kind {
        FileKind::Endings(endings) => {
            let patterns: Vec<String> = endings.iter().map(|e| e.chars().map(either).collect()).collect();
            patterns.join(" ")
        }
        FileKind::Any => "*".into(),
        FileKind::Folder => "folder".into(),
    }
}

// Where no file of the wanted kind is found, bash completes any file ("-o default").
const TEMPLATE: &str = r#"
# Files complete by what they are: recordings, models, configurations, folders.
_motrace_files() {
    local typed="$1" wanted="$2" path place ending
    local -a endings
    read -r -a endings <<< "$wanted"
    compopt -o filenames 2>/dev/null
    COMPREPLY=()
    while IFS= read -r path; do
        place="${path/#\~\//$HOME/}"
        if [[ -d "$place" ]]; then
            COMPREPLY+=("$path")
        elif [[ "$wanted" == "*" ]]; then
            COMPREPLY+=("$path")
        elif [[ "$wanted" != "folder" ]]; then
            for ending in "${endings[@]}"; do
                case "$path" in
                    *.$ending) COMPREPLY+=("$path") ;;
                esac
            done
        fi
    done < <(compgen -f -- "$typed")
}

_motrace_by_kind() {
    local typed="${COMP_WORDS[COMP_CWORD]}" before="$3" command="${COMP_WORDS[1]}" wanted="" word
    # bash splits --config=FILE into three words.
    if [[ "$typed" == "=" ]]; then
        typed=""
        before="${COMP_WORDS[COMP_CWORD-1]}"
    elif [[ "${COMP_WORDS[COMP_CWORD-1]}" == "=" ]]; then
        before="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    case "$command $before" in
@OPTIONS@
    esac
    if [[ -z "$wanted" && "$typed" != -* && "$COMP_CWORD" -gt 1 ]]; then
        case "$command" in
@OPERANDS@
        esac
    fi
    if [[ -n "$wanted" && "$wanted" != "words" ]]; then
        _motrace_files "$typed" "$wanted"
        return 0
    fi
    _motrace "$@"
    # Options are offered once a hyphen is typed.
    if [[ "$typed" != -* && "$wanted" != "words" ]]; then
        local -a words=("${COMPREPLY[@]}")
        COMPREPLY=()
        for word in "${words[@]}"; do
            [[ "$word" == -* ]] || COMPREPLY+=("$word")
        done
    fi
    return 0
}

complete -F _motrace_by_kind -o bashdefault -o default motrace
"#;
