//! What an expression asks rows for. Rule: the parsed expression is walked with what each name stands
//! for, since over an empty log no row is asked for anything; what cannot be told is let pass.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators,
};

use crate::scenario::{
    document::{listed, nearest},
    expect::Subject,
};

/// Fields rows have beside those of paths.
const MORE: [&str; 2] = ["name", "archive"];

/// What part of an expression stands for, as far as it matters.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stands {
    /// A list of rows.
    Rows(Subject),
    /// One row.
    Row(Subject),
    /// Anything else.
    Other,
}

/// What is known of an expression without evaluating it.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// What is wrong with the first thing that is asked of something that does not have it.
    pub(super) wrong: Option<String>,
    /// Whether it asks for what the machine spent.
    pub(super) is_measured: bool,
}

/// Walks an expression.
pub(super) fn fields(expression: &IdedExpr) -> Fields {
    let mut walk = Walk::default();
    walk.stands(expression);
    walk.found
}

#[derive(Default)]
struct Walk {
    /// Names the expression chose, the innermost last.
    names: Vec<(String, Stands)>,
    found: Fields,
}

impl Walk {
    fn complain(&mut self, wrong: String) {
        self.found.wrong.get_or_insert(wrong);
    }

    /// Returns what an expression stands for, and looks into all of it.
    fn stands(&mut self, of: &IdedExpr) -> Stands {
        match &of.expr {
            Expr::Ident(name) => self.named(name),
            Expr::Select(select) => {
                let owner = self.stands(&select.operand);
                self.ask(owner, &select.operand, &select.field);
                Stands::Other
            }
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(each) => self.each(each),
            Expr::List(list) => {
                let all = list.elements.iter().map(|one| self.stands(one));
                let all: Vec<Stands> = all.collect();
                match all.split_first() {
                    Some((Stands::Row(subject), rest)) if rest.iter().all(|one| *one == all[0]) => {
                        Stands::Rows(*subject)
                    }
                    Some(_) | None => Stands::Other,
                }
            }
            Expr::Map(map) => self.entries(map.entries.iter().map(|entry| &entry.expr)),
            Expr::Struct(made) => self.entries(made.entries.iter().map(|entry| &entry.expr)),
            Expr::Literal(_) | Expr::Unspecified => Stands::Other,
        }
    }

    fn entries<'e>(&mut self, entries: impl Iterator<Item = &'e EntryExpr>) -> Stands {
        for entry in entries {
            match entry {
                EntryExpr::StructField(field) => {
                    self.stands(&field.value);
                }
                EntryExpr::MapEntry(entry) => {
                    self.stands(&entry.key);
                    self.stands(&entry.value);
                }
            }
        }
        Stands::Other
    }

    fn named(&self, name: &str) -> Stands {
        let chosen = self.names.iter().rev().find(|(known, _)| known == name);
        match (chosen, Subject::from_word(name)) {
            (Some((_, stands)), _) => *stands,
            (None, Some(subject)) if subject.is_named() => Stands::Rows(subject),
            (None, Some(subject)) => Stands::Row(subject),
            (None, None) => Stands::Other,
        }
    }

    fn call(&mut self, call: &CallExpr) -> Stands {
        if let (operators::SUBSTRACT, [list, number]) = (call.func_name.as_str(), &*call.args)
            && let (Expr::Select(select), Some(number)) = (&list.expr, leading_number(number))
            && let Stands::Rows(subject) = self.stands(&select.operand)
        {
            self.refuse_name(
                subject,
                &select.operand,
                &format!("{}-{number}", select.field),
            );
            return Stands::Other;
        }
        if let Some(target) = &call.target {
            self.stands(target);
        }
        let args: Vec<Stands> = call.args.iter().map(|arg| self.stands(arg)).collect();
        match (call.func_name.as_str(), args.as_slice()) {
            (operators::INDEX, [owner, _]) => {
                if let Some(key) = text(&call.args[1]) {
                    self.ask(*owner, &call.args[0], key);
                }
                match owner {
                    Stands::Rows(subject) => Stands::Row(*subject),
                    Stands::Row(_) | Stands::Other => Stands::Other,
                }
            }
            (operators::CONDITIONAL, [_, one, other]) | (operators::ADD, [one, other]) => {
                // An empty list may stand on one side.
                if *one == Stands::Other { *other } else { *one }
            }
            (word, _) if call.target.is_none() => match Subject::from_word(word) {
                Some(subject) if subject.is_named() => Stands::Row(subject),
                Some(_) | None => Stands::Other,
            },
            _ => Stands::Other,
        }
    }

    /// `all`, `exists`, `filter`, `map` and the like, as the parser spells them out.
    fn each(&mut self, each: &ComprehensionExpr) -> Stands {
        let one = match self.stands(&each.iter_range) {
            Stands::Rows(subject) => Stands::Row(subject),
            Stands::Row(_) | Stands::Other => Stands::Other,
        };
        self.stands(&each.accu_init);
        let outside = self.names.len();
        // Of two names the first is the place in the list.
        match &each.iter_var2 {
            Some(second) => {
                self.names.push((each.iter_var.clone(), Stands::Other));
                self.names.push((second.clone(), one));
            }
            None => self.names.push((each.iter_var.clone(), one)),
        }
        self.names.push((each.accu_var.clone(), Stands::Other));
        self.stands(&each.loop_cond);
        let made = self.stands(&each.loop_step);
        self.stands(&each.result);
        self.names.truncate(outside);
        match made {
            Stands::Rows(subject) => Stands::Rows(subject),
            Stands::Row(_) | Stands::Other => Stands::Other,
        }
    }

    /// Something is asked for a field.
    fn ask(&mut self, owner: Stands, written: &IdedExpr, field: &str) {
        match owner {
            Stands::Rows(subject) => self.refuse_name(subject, written, field),
            Stands::Row(subject) => {
                self.found.is_measured |=
                    subject == Subject::Run && matches!(field, "wall" | "memory");
                let known: Vec<&str> = subject.field_names().collect();
                let is_named = subject.is_named() && MORE.contains(&field);
                if known.contains(&field) || is_named {
                    return;
                }
                let help = match nearest(field, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there is {}", listed(&known)),
                };
                let owner = spelled(written, subject);
                self.complain(format!("`{owner}` has no field `{field}`; {help}"));
            }
            Stands::Other => {}
        }
    }

    /// A list is asked for what only its rows have, or for a row by name.
    fn refuse_name(&mut self, subject: Subject, written: &IdedExpr, name: &str) {
        let list = spelled(written, subject);
        let word = subject.word();
        let is_field = MORE.contains(&name) || subject.field_names().any(|field| field == name);
        self.complain(match is_field {
            true => format!(
                "`{list}` is a list and has no `{name}`; its rows have: \
                 `{list}.all(x, x.{name} == …)`"
            ),
            false => format!("`{list}` is a list; the one called so is `{word}(\"{name}\")`"),
        });
    }
}

/// Writes what is asked: a name, `task("job")`, or else what it is.
fn spelled(written: &IdedExpr, subject: Subject) -> String {
    match &written.expr {
        Expr::Ident(name) => name.clone(),
        Expr::Call(call) => match call.args.first().and_then(text) {
            Some(name) if call.func_name == subject.word() => {
                format!("{}(\"{name}\")", subject.word())
            }
            Some(_) | None => subject.word().to_owned(),
        },
        Expr::Select(_)
        | Expr::Comprehension(_)
        | Expr::List(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Literal(_)
        | Expr::Unspecified => subject.word().to_owned(),
    }
}

/// The text an expression is, if it is one.
fn text(of: &IdedExpr) -> Option<&str> {
    if let Expr::Literal(LiteralValue::String(text)) = &of.expr {
        return Some(text.inner());
    }
    None
}

/// The number an expression begins with: `0` of `0.winners`, as `task.job-0.winners` is read.
fn leading_number(of: &IdedExpr) -> Option<i64> {
    if let Expr::Select(select) = &of.expr {
        return leading_number(&select.operand);
    }
    if let Expr::Literal(LiteralValue::Int(number)) = &of.expr {
        return Some(*number.inner());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Fields {
        let program = cel::Program::compile(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        fields(program.expression())
    }

    #[test]
    fn a_field_no_row_has_is_named_with_the_nearest_one_there_is() {
        for (text, told) in [
            (
                "task.all(t, t.foo == 1)",
                "`t` has no field `foo`; there is",
            ),
            ("task.exists(t, t.winers > 1)", "did you mean `winners`?"),
            ("task('job').corect == true", "`task(\"job\")` has no field"),
            ("task('job').corect == true", "did you mean `correct`?"),
            ("kitty.lokced == 0", "did you mean `locked`?"),
            (
                "worker.filter( w , w.name != 'x.y' ).all(v, v.scor > 0)",
                "`v` has no field `scor`",
            ),
            (
                "worker.map(w, w.score > 0, w).exists(v, v.scor > 0)",
                "`scor`",
            ),
            ("task[0].winers == 1", "`winers`"),
            ("task('job')['winers'] == 1", "`winers`"),
            (
                "(true ? task : [task('a')]).all(x, x.winers > 0)",
                "`winers`",
            ),
            ("has(kitty.lokced)", "`lokced`"),
            ("[kitty.lokced] == [0]", "`lokced`"),
            ("kitty.name == 'kitty'", "`name`"),
            (
                "task.all(x, x.winners > 0) && worker.all(x, x.winners > 0)",
                "`x` has no field `winners`",
            ),
        ] {
            let found = read(text).wrong.unwrap_or_else(|| panic!("{text}"));
            assert!(found.contains(told), "{text}: {found}");
        }
    }

    #[test]
    fn a_list_is_not_asked_for_what_its_rows_have() {
        for (text, told) in [
            ("task.status == 'FAILED'", "`task.all(x, x.status == …)`"),
            ("task.job.winners == 1", "`task(\"job\")`"),
            ("task['job'].winners == 1", "`task(\"job\")`"),
            ("worker.w-0.score > 1", "`worker(\"w-0\")`"),
        ] {
            let found = read(text).wrong.unwrap_or_else(|| panic!("{text}"));
            assert!(found.contains(told), "{text}: {found}");
        }
    }

    #[test]
    fn what_rows_have_and_what_is_in_texts_is_let_pass() {
        for text in [
            "task.all(t, t.winners <= t.contributions && t.name.startsWith('a'))",
            "task.all(task, task.reopens == 0)",
            "'task.all(t, t.foo)' == \"kitty.foo\"",
            "size(zip(task('t').archive)) > 0",
            "zip(task('t').archive).files.exists(f, f.size > 0)",
            "task.all(x, x.winners > 0) && worker.all(x, x.score > 0)",
            "task.size() > 1 && task.map(t, t.winners).exists(n, n > 1)",
        ] {
            assert_eq!(read(text).wrong, None, "{text}");
        }
    }

    #[test]
    fn only_what_asks_for_what_the_machine_spent_is_measured() {
        assert!(read("run.wall < 3.0").is_measured);
        assert!(read("size([run.memory]) == 1").is_measured);
        assert!(!read("run.duration < 3.0 && task('memory').output == 'run.wall'").is_measured);
    }
}
