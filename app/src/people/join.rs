//! Joining: self-registration, and the set-up of the first administrator.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use domain::fault::{Fault, FieldFault};
use leptos::prelude::*;
use store::people::register::{Joining, POSTS};
use store::people::sign_in::Attempt;
use store::place::Found;

use crate::home::PRIVACY_VERSION;
use crate::portal::{Asked, Ctx, Fields, Posted, Reply, own_path, see_other, set_session};
use crate::ui::{Meta, crumbs, errors, field, field_with, hidden, icon, note, password_field, select, words};

/// What the form is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Joining by oneself.
    Join,
    /// An officer registers somebody.
    ForOther,
    /// An officer corrects where somebody belongs: name and path of their page.
    Correct { name: String, page: String },
}

impl Purpose {
    fn title(&self) -> String {
        match self {
            Self::Join => "加入育才".into(),
            Self::ForOther => "登记学员".into(),
            Self::Correct { name, .. } => format!("更正 {name} 的资料"),
        }
    }

    /// Address that the form posts to; looking for a place posts below it.
    fn action(&self) -> String {
        match self {
            Self::Join => "/register".into(),
            Self::ForOther => "/monitor/register".into(),
            Self::Correct { page, .. } => format!("{page}/home"),
        }
    }

    fn send(&self) -> &'static str {
        match self {
            Self::Join => "加入，开始学",
            Self::ForOther => "登记这位学员",
            Self::Correct { .. } => "改好了，存下",
        }
    }
}

/// The form to join, or to be put right.
pub(crate) struct JoinPage {
    pub purpose: Purpose,
    pub joining: Joining,
    /// Confirmed organisations of the picked place: id and name.
    pub organisations: Vec<(String, String)>,
    pub next: String,
    /// What was typed to find a community.
    pub sought: String,
    pub found: Vec<Found>,
    /// The place that was picked, by name.
    pub picked: Option<String>,
    pub townships: Vec<(String, String)>,
    pub faults: Vec<FieldFault>,
}

/// Reads what was typed, finds communities for it, and names what was picked.
pub(crate) async fn look_up(ctx: &Ctx, fields: &Fields, purpose: Purpose) -> Result<JoinPage, store::Error> {
    let joining = Joining {
        id: fields.id().unwrap_or_else(|_| ctx.store().new_id()),
        name: fields.get("name").to_owned(),
        mobile: fields.get("mobile").to_owned(),
        password: fields.raw("password").chars().take(128).collect(),
        region: fields.get("region").to_owned(),
        organisation_id: fields.get("organisation_id").to_owned(),
        organisation: fields.get("organisation").to_owned(),
        post: fields.get("post").to_owned(),
        privacy_version: PRIVACY_VERSION.into(),
        privacy: fields.get("privacy") == "1",
    };
    let sought = fields.get("place").to_owned();
    let mut conn = ctx.store().db.read().await?;
    let found = store::place::find_community(&mut conn, &sought, None, 12).await?;
    let picked = match joining.region.as_str() {
        "" => None,
        code => Some(store::place::full_name(&mut conn, code).await?).filter(|n| !n.is_empty()),
    };
    let organisations = if picked.is_some() { store::people::home::organisations(&mut conn, &joining.region).await? } else { Vec::new() };
    let townships = if fields.get("no_community") == "1" {
        let mut out = vec![(String::new(), "请选街道或乡镇".to_owned())];
        let city = store::place::city(&mut conn).await?;
        for district in store::place::children(&mut conn, &city).await? {
            for township in store::place::children(&mut conn, &district.code).await? {
                out.push((township.code, format!("{} · {}", district.short, township.short)));
            }
        }
        out
    } else {
        Vec::new()
    };
    Ok(JoinPage {
        purpose,
        organisations: organisations.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        joining,
        next: own_path(fields.get("next")).to_owned(),
        sought,
        found,
        picked,
        townships,
        faults: vec![],
    })
}

/// Choosing an organisation, or writing one that is not in the list.
fn organisation_step(page: &JoinPage) -> AnyView {
    let known = &page.organisations;
    if known.is_empty() {
        return field(
            "organisation",
            "组织",
            "比如“晨光合唱队”。没有就空着；写了的，由街道确认。",
            &page.joining.organisation,
            &page.faults,
        );
    }
    let options = std::iter::once((String::new(), "没有，或不在这里面".to_owned())).chain(known.iter().cloned()).collect();
    view! {
        {select("organisation_id", "组织", options, &page.joining.organisation_id, &page.faults)}
        {field("organisation", "不在上面的，写在这里", "由街道确认。没有就空着。", &page.joining.organisation, &page.faults)}
    }
    .into_any()
}

fn place_step(page: &JoinPage) -> AnyView {
    let lookup = format!("{}/place", page.purpose.action());
    let wrong = page.faults.iter().any(|f| f.field == "region");
    if !page.townships.is_empty() {
        return view! {
            {select("region", "街道或乡镇", page.townships.clone(), &page.joining.region, &page.faults)}
            <p class="small muted">"街道确认您的资料时，会帮您补上社区。"</p>
        }
        .into_any();
    }
    if let Some(name) = page.picked.clone() {
        return view! {
            {hidden("region", page.joining.region.clone())}
            <div class="field"><span class="field__label">"所在的社区"</span>
                <p class="row">{icon("pin")}<b>{name}</b><button class="btn btn--s" type="submit" name="region" value="" formnovalidate=true formaction=lookup.clone()>"重新选"</button></p></div>
        }
        .into_any();
    }
    let options = page
        .found
        .iter()
        .map(|f| {
            let kind = domain::region::kind_word(&f.kind);
            let label = format!("{} · {} · {}", f.district, f.township, f.short);
            view! {
                <li><button class="lookup__i lookup__btn" type="submit" name="region" value=f.code.clone() formnovalidate=true formaction=lookup.clone()>{label}<span class="small muted">{kind}</span></button></li>
            }
        })
        .collect_view();
    let none = !page.sought.is_empty() && page.found.is_empty();
    view! {
        <div class=if wrong { "field is-error" } else { "field" }>
            <label class="field__label" for="f-region">"所在的社区或村"</label>
            <span class="field__hint">"写名字的一部分，或拼音的头一个字母，比如“常营”或“cy”。"</span>
            <div class="search">
                <input class="input" id="f-region" name="place" type="text" value=page.sought.clone() autocomplete="off" maxlength="40"/>
                <button class="btn" type="submit" formnovalidate=true formaction=lookup.clone()>"查找"</button>
            </div>
            {wrong.then(|| view! { <p class="field__error">{icon("alert")}"请先查找，再点您的社区。"</p> })}
            {none.then(|| view! { <p>"没有找到。换几个字试试，或者点下面一行。"</p> })}
            <ul class="lookup__list lookup__list--flow">{options}</ul>
            <button class="link" type="submit" name="no_community" value="1" formnovalidate=true formaction=lookup.clone()>"找不到我的社区"</button>
        </div>
    }
    .into_any()
}

/// The page with the form.
pub(crate) fn join_page(ctx: &Ctx, status: StatusCode, page: JoinPage) -> Response {
    let title = page.purpose.title();
    ctx.page_with(status, Meta::new(title.clone(), if page.purpose == Purpose::Join { "/me" } else { "/monitor" }), || {
        let joining = &page.joining;
        let faults = &page.faults;
        let own = page.purpose == Purpose::Join;
        let correct = matches!(page.purpose, Purpose::Correct { .. });
        let posts = POSTS
            .iter()
            .map(|post| {
                let on = joining.post == **post;
                view! { <label class="tick"><input class="tick__box" type="radio" name="post" value=*post checked=on/>{words::post(post)}</label> }
            })
            .collect_view();
        let post_wrong = faults.iter().any(|f| f.field == "post");
        let privacy_wrong = faults.iter().any(|f| f.field == "privacy");
        let mobile_hint = match page.purpose {
            Purpose::Join => "夫妻合用一个号也可以。",
            Purpose::ForOther => "没有手机可以不填，系统会给一个用户名。",
            Purpose::Correct { .. } => "号码没有变就空着。",
        };
        let up = match &page.purpose {
            Purpose::Correct { name, page } => Some(crumbs(vec![("/monitor".into(), "学员".into()), (page.clone(), name.clone())])),
            _ => None,
        };
        view! {
            <div class="wrap wrap--narrow"><div class="form stack stack--l">
                {up}
                <h1>{title}</h1>
                {errors(faults)}
                <form class="stack" method="post" action=page.purpose.action()>
                    {hidden("id", joining.id)}{hidden("next", page.next.clone())}
                    {(!correct).then(|| field_with("name", "姓名", "和身份证件上一样，生僻字、间隔号都可以。", "text", "name", &joining.name, faults))}
                    {field_with("mobile", "手机号", mobile_hint, "tel", if own { "tel" } else { "off" }, &joining.mobile, faults)}
                    {own.then(|| password_field("password", "设一个密码", "至少 8 个字符。一句自己记得住的话也可以。", "new-password", faults))}
                    {place_step(&page)}
                    {organisation_step(&page)}
                    <fieldset class=if post_wrong { "field is-error" } else { "field" }><legend class="field__label" id="f-post">"在组织里"</legend><div class="facet__list">{posts}</div>
                        {post_wrong.then(|| view! { <p class="field__error">{icon("alert")}"请选一项。"</p> })}</fieldset>
                    {own.then(|| view! {
                        <div class=if privacy_wrong { "field is-error" } else { "field" }>
                            <label class="tick"><input class="tick__box" type="checkbox" id="f-privacy" name="privacy" value="1" checked=joining.privacy/><span>"我看过"<a href="/privacy">"个人信息说明"</a>{format!("（{PRIVACY_VERSION} 版）")}</span></label>
                            {privacy_wrong.then(|| view! { <p class="field__error">{icon("alert")}"请先看说明，同意后勾上。"</p> })}
                        </div>
                    })}
                    <button class="btn btn--main" type="submit">{page.purpose.send()}</button>
                </form>
                {correct.then(|| view! { <p class="small muted">"以前的学时留在当时的社区和组织名下。搬到您管的范围以外，由那边的街道确认。"</p> })}
            </div></div>
        }
        .into_any()
    })
}

impl JoinPage {
    /// Code of the picked place; empty while none is.
    pub(crate) fn region(&self) -> &str {
        &self.joining.region
    }

    /// The form as typed.
    pub(crate) fn joining(&self) -> &Joining {
        &self.joining
    }
}

/// `/register`
pub async fn register(ctx: Ctx, Asked(fields): Asked) -> Reply {
    if ctx.session.visitor.is_some() {
        return Ok(see_other("/learn"));
    }
    let page = look_up(&ctx, &fields, Purpose::Join).await?;
    Ok(join_page(&ctx, StatusCode::OK, page))
}

/// `POST /register/place`: looks for a community; nothing is written.
pub async fn lookup(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let page = look_up(&ctx, &fields, Purpose::Join).await?;
    Ok(join_page(&ctx, StatusCode::OK, page))
}

/// `POST /register`
pub async fn join(ctx: Ctx, Posted(fields): Posted) -> Reply {
    let mut page = look_up(&ctx, &fields, Purpose::Join).await?;
    let password = page.joining.password.clone();
    match ctx.store().register(&page.joining, None).await {
        // Whoever chose large type before joining keeps it.
        Ok(person) => ctx.store().set_looks(person, ctx.session.looks.clone()).await?,
        Err(store::Error::Fault(Fault::Invalid(faults))) => {
            page.faults = faults;
            return Ok(join_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, page));
        }
        Err(error) => return Err(error.into()),
    }
    let next = if page.next == "/" { "/learn" } else { &page.next };
    match ctx.store().sign_in(&page.joining.mobile, &password, &ctx.device).await? {
        Attempt::In { token } => {
            let mut response = see_other(next);
            response.headers_mut().append(SET_COOKIE, set_session(ctx.session.secure, &token));
            Ok(response)
        }
        _ => Ok(see_other("/login")),
    }
}

fn setup_form(ctx: &Ctx, status: StatusCode, fields: &Fields, faults: &[FieldFault]) -> Response {
    ctx.page_with(status, Meta::new("建立第一位管理员", "/me"), || {
        view! {
            <div class="wrap wrap--narrow"><div class="form stack stack--l">
                <h1>"建立第一位管理员"</h1>
                {note("", "info", view! { <p>"这个地址只能用一次。建好以后，请妥善保管密码。"</p> }.into_any())}
                {errors(faults)}
                <form class="stack" method="post">
                    {field_with("name", "姓名", "", "text", "name", fields.get("name"), faults)}
                    {field_with("user_name", "用户名", "小写字母或数字，以字母开头。", "text", "username", fields.get("user_name"), faults)}
                    {password_field("password", "密码", "至少 8 个字符。", "new-password", faults)}
                    <button class="btn btn--main" type="submit">"建立账号"</button>
                </form>
            </div></div>
        }
        .into_any()
    })
}

/// `/setup/{secret}`
pub async fn setup_page(ctx: Ctx, Path(secret): Path<String>) -> Reply {
    if !ctx.store().setup_is_open(&secret).await? {
        return Err(Fault::Missing.into());
    }
    Ok(setup_form(&ctx, StatusCode::OK, &Fields::default(), &[]))
}

/// `POST /setup/{secret}`
pub async fn set_up(ctx: Ctx, Path(secret): Path<String>, Posted(fields): Posted) -> Reply {
    match ctx.store().set_up(&secret, fields.get("name"), fields.get("user_name"), fields.raw("password")).await {
        Ok(_) => Ok(see_other("/login")),
        Err(store::Error::Fault(Fault::Invalid(faults))) => Ok(setup_form(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &fields, &faults)),
        Err(error) => Err(error.into()),
    }
}
