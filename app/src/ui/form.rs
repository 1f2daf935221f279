//! Forms: real ones, with labels, native constraints, and the message beside the field.

use domain::fault::FieldFault;
use leptos::prelude::*;

use super::{escape, icon, words};

/// A hidden field.
pub fn hidden(name: &'static str, value: impl ToString) -> AnyView {
    view! { <input type="hidden" name=name value=value.to_string()/> }.into_any()
}

/// The message for a field, if it has a fault.
fn message(faults: &[FieldFault], name: &str) -> Option<&'static str> {
    faults.iter().find(|f| f.field == name).map(|f| words::rule(name, f.rule))
}

/// A text field.
pub fn field(name: &'static str, label: &'static str, hint: &'static str, value: &str, faults: &[FieldFault]) -> AnyView {
    field_with(name, label, hint, "text", "off", value, faults)
}

/// A text field with type and autocomplete.
pub fn field_with(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    value: &str,
    faults: &[FieldFault],
) -> AnyView {
    let wrong = message(faults, name);
    let class = if wrong.is_some() { "field is-error" } else { "field" };
    let described = match (wrong.is_some(), hint.is_empty()) {
        (true, _) => Some(format!("{name}-e")),
        (false, false) => Some(format!("{name}-h")),
        _ => None,
    };
    let id = format!("f-{name}");
    view! {
        <div class=class>
            <label class="field__label" for=id.clone()>{label}</label>
            {(!hint.is_empty()).then(|| view! { <span class="field__hint" id=format!("{name}-h")>{hint}</span> })}
            <input class="input" id=id name=name type=kind autocomplete=autocomplete value=value.to_owned()
                aria-invalid=wrong.map(|_| "true") aria-describedby=described maxlength="200"/>
            {wrong.map(|text| view! { <p class="field__error" id=format!("{name}-e")>{icon("alert")}{text}</p> })}
        </div>
    }
    .into_any()
}

/// A password field; never filled in by us.
pub fn password_field(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    autocomplete: &'static str,
    faults: &[FieldFault],
) -> AnyView {
    field_with(name, label, hint, "password", autocomplete, "", faults)
}

/// A choice from a list: value and word.
pub fn select(name: &'static str, label: &'static str, options: Vec<(String, String)>, chosen: &str, faults: &[FieldFault]) -> AnyView {
    let wrong = message(faults, name);
    let class = if wrong.is_some() { "field is-error" } else { "field" };
    let id = format!("f-{name}");
    let items = options
        .into_iter()
        .map(|(value, word)| {
            let picked = value == chosen;
            view! { <option value=value selected=picked>{word}</option> }
        })
        .collect_view();
    view! {
        <div class=class>
            <label class="field__label" for=id.clone()>{label}</label>
            <select class="input" id=id name=name aria-invalid=wrong.map(|_| "true") aria-describedby=wrong.map(|_| format!("{name}-e"))>{items}</select>
            {wrong.map(|text| view! { <p class="field__error" id=format!("{name}-e")>{icon("alert")}{text}</p> })}
        </div>
    }
    .into_any()
}

/// The summary above a form with faults; receives focus by its address.
pub fn errors(faults: &[FieldFault]) -> Option<AnyView> {
    (!faults.is_empty()).then(|| {
        let items =
            faults.iter().map(|f| view! { <li><a href=format!("#f-{}", f.field)>{words::rule(&f.field, f.rule)}</a></li> }).collect_view();
        view! {
            <div class="errors" role="alert" tabindex="-1" id="errors">
                <h2 class="errors__title">{icon("alert")}{format!("有 {} 处要改，您填的都还在", faults.len())}</h2>
                <ul class="errors__list">{items}</ul>
            </div>
        }
        .into_any()
    })
}

/// The one text area of the house: the framework's own does not escape what it holds (0.8).
#[allow(non_snake_case, reason = "reads as the component it stands for")]
pub fn TextArea(name: &'static str, label: &str, text: &str) -> AnyView {
    LongText(name, label, text, 4, 500)
}

/// The same with room for more.
#[allow(non_snake_case, reason = "reads as the component it stands for")]
pub fn LongText(name: &'static str, label: &str, text: &str, rows: u32, most: usize) -> AnyView {
    let id = format!("f-{name}");
    let label = label.to_owned();
    let inner = escape(text);
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>{label}</label>
            {leptos::html::textarea().class("input").id(id).name(name).rows(rows).maxlength(most as i64).inner_html(inner)}
        </div>
    }
    .into_any()
}
