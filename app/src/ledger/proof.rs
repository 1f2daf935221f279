//! The 学时证明: a page first, an image that can be kept by a long press (files cannot leave WeChat), a PDF second. All
//! three say the same, from the same facts.

use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::course::{ContentArea, DeliveryMode};
use domain::credit::hours_text;
use domain::fault::Fault;
use domain::time::{Day, iso_date, year_of};
use leptos::prelude::*;
use store::ledger::Sum;

use crate::portal::{Asked, Ctx, Fields, Refusal, Reply};
use crate::print::Sheet;
use crate::ui::{Meta, icon, note, words};

/// What a proof says.
struct Proof {
    year: i64,
    name: String,
    place: String,
    organisation: String,
    sums: Vec<Sum>,
    confirmed: bool,
    demo: bool,
    today: Day,
}

impl Proof {
    async fn load(ctx: &Ctx, fields: &Fields) -> Result<Self, Refusal> {
        let me = ctx.visitor()?.actor.person;
        let today = ctx.store().today();
        let this_year = year_of(today);
        let year = fields.get("year").parse().ok().filter(|y| (2020..=this_year).contains(y)).unwrap_or(this_year);
        let (person, _, _) = ctx.store().person(me).await?.ok_or(Fault::Missing)?;
        let sums = ctx.store().sums(me, year).await?;
        let place = store::place::full_name(&mut ctx.store().db.read().await?, &person.region).await?;
        Ok(Self {
            year,
            name: person.name,
            place,
            organisation: person.organisation_name.unwrap_or_else(|| "—".into()),
            sums,
            confirmed: person.confirmed_at.is_some(),
            demo: &*ctx.portal.origin != "real",
            today,
        })
    }

    fn title(&self) -> String {
        format!("{} 年网上课堂学时证明", self.year)
    }

    fn total(&self) -> i64 {
        self.sums.iter().map(|s| s.minutes).sum()
    }

    /// Content area, mode, minutes, 学时: one row a pair.
    fn rows(&self) -> Vec<[String; 4]> {
        let row = |s: &Sum| {
            let area = ContentArea::parse(&s.area).map_or("—", words::area);
            let mode = DeliveryMode::parse(&s.mode).map_or("—", words::mode);
            [area.to_owned(), mode.to_owned(), s.minutes.to_string(), hours_text(s.minutes, 45)]
        };
        self.sums.iter().map(row).collect()
    }

    fn foot(&self) -> String {
        format!("截至 {}。45 分钟为一学时，先合计再折算。每一笔的证据存在学时账里。这不是职业资格证书。", iso_date(self.today))
    }

    fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::new();
        sheet.kicker("育才 · 社区社会组织学习门户");
        sheet.title(&self.title());
        if self.demo {
            sheet.warning("演示数据，不是真实的证明。");
        }
        sheet.pairs(&[("姓名", &self.name), ("社区", &self.place), ("组织", &self.organisation)]);
        let sum = ["合计".into(), String::new(), self.total().to_string(), hours_text(self.total(), 45)];
        sheet.table(["内容", "方式", "分钟", "学时"], std::iter::once(sum).chain(self.rows()).collect());
        if !self.confirmed {
            sheet.warning("待街道确认：所在社区和组织还没有经街道确认。");
        }
        sheet.small(&self.foot());
        sheet
    }
}

/// `/me/hours/proof`: printable; an unconfirmed home is said on it.
pub async fn page(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let proof = Proof::load(&ctx, &fields).await?;
    let drawn = ctx.portal.fonts.are_there().await;
    Ok(ctx.page(Meta::new("学时证明", "/me"), || {
        let total = proof.total();
        let rows = proof
            .rows()
            .into_iter()
            .map(|[area, mode, minutes, hours]| view! { <tr><th scope="row">{area}</th><td>{mode}</td><td class="n">{minutes}</td><td class="n">{hours}</td></tr> })
            .collect_view();
        let year = proof.year;
        let said = format!("{}：{}，{total} 分钟，合 {} 学时。内容和上面的表一样。", proof.title(), proof.name, hours_text(total, 45));
        let files = drawn.then(|| {
            view! {
                <section class="no-print stack" aria-labelledby="h-image">
                    <h2 id="h-image">"存下来，发给别人"</h2>
                    <p>"长按图片，可以保存或转发。"</p>
                    <img class="proof-image" src=format!("/me/hours/proof.png?year={year}") alt=said width="720"/>
                    <p><a class="btn" href=format!("/me/hours/proof.pdf?year={year}") download=format!("yucai-{year}.pdf")>{icon("download")}"下载 PDF"</a></p>
                </section>
            }
        });
        view! {
            <div class="wrap wrap--narrow stack stack--l">
                <article class="proof-sheet stack stack--l wenwu">
                    <h1>{proof.title()}</h1>
                    {proof.demo.then(|| note("late", "alert", view! { <p>"演示数据，不是真实的证明。"</p> }.into_any()))}
                    <dl class="kv kv--line"><dt>"姓名"</dt><dd>{proof.name.clone()}</dd><dt>"社区"</dt><dd>{proof.place.clone()}</dd><dt>"组织"</dt><dd>{proof.organisation.clone()}</dd></dl>
                    <div class="tbl-box" tabindex="0" role="region" aria-label="学时合计，可左右滑动"><table class="tbl"><thead><tr><th scope="col">"内容"</th><th scope="col">"方式"</th><th scope="col" class="n">"分钟"</th><th scope="col" class="n">"学时"</th></tr></thead>
                        <tbody><tr class="tbl__sum"><th scope="row">"合计"</th><td></td><td class="n">{total}</td><td class="n">{hours_text(total, 45)}</td></tr>{rows}</tbody></table></div>
                    {(!proof.confirmed).then(|| note("due", "clock", view! { <p>"待街道确认：所在社区和组织还没有经街道确认。"</p> }.into_any()))}
                    <p class="small muted">{proof.foot()}</p>
                </article>
                <p class="no-print small muted">"要纸质的：用浏览器的“打印”。"</p>
                {files}
            </div>
        }
        .into_any()
    }))
}

/// A drawn proof as an answer that is nobody else's.
fn file(bytes: Option<Vec<u8>>, kind: &'static str, name: Option<String>) -> Reply {
    let mut response: Response = bytes.ok_or(Fault::Missing)?.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(value) = name.and_then(|n| HeaderValue::from_str(&format!("attachment; filename=\"{n}\"")).ok()) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// `/me/hours/proof.png`
pub async fn png(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let sheet = Proof::load(&ctx, &fields).await?.sheet();
    file(ctx.portal.fonts.png(sheet).await, "image/png", None)
}

/// `/me/hours/proof.pdf`
pub async fn pdf(ctx: Ctx, Asked(fields): Asked) -> Reply {
    let proof = Proof::load(&ctx, &fields).await?;
    let (title, name) = (proof.title(), format!("yucai-{}.pdf", proof.year));
    file(ctx.portal.fonts.pdf(proof.sheet(), title).await, "application/pdf", Some(name))
}
