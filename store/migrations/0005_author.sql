-- Scenarios that trainers write. A draft is a chain of saved revisions; what is tried in class or published is an edition.
alter table scenario add column standing text not null default 'published';

create table scenario_draft (
  id uuid primary key,
  -- the key of its scenario, A00001 and up
  key text not null unique,
  title text not null,
  course text not null references course (code),
  author uuid not null references person (id),
  -- writing | review | published
  state text not null,
  revision bigint not null,
  -- what it was copied from, to be named
  from_key text not null,
  created_at bigint not null,
  touched_at bigint not null
);
create index scenario_draft_author on scenario_draft (author, touched_at);
create index scenario_draft_course on scenario_draft (course, state);

create table scenario_revision (
  draft uuid not null references scenario_draft (id),
  number bigint not null,
  -- YAML
  body text not null,
  note text not null,
  saved_by uuid not null references person (id),
  saved_at bigint not null,
  primary key (draft, number)
);

-- Reviews: who looked, at which revision, what came of it.
create table scenario_review (
  id uuid primary key,
  draft uuid not null references scenario_draft (id),
  revision bigint not null,
  reviewer uuid not null references person (id),
  -- approved | returned
  verdict text not null,
  reason text not null,
  at bigint not null
);
create index scenario_review_of on scenario_review (draft, at);
