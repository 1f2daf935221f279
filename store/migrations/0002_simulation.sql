-- 情景模拟: scenarios with their editions, runs judged by replay, rooms in which a class or a group plays.

create table scenario (
  key text primary key,
  course text not null references course (code),
  title text not null,
  sort bigint not null,
  role text not null,
  goal text not null,
  minutes bigint not null,
  fields text not null,
  credit text not null,
  edition uuid not null
);
create index scenario_course on scenario (course, sort, key);

-- An edition is immutable and kept whole; its hash says what a run is a run of.
create table scenario_edition (
  id uuid primary key,
  scenario text not null,
  number bigint not null,
  hash text not null unique,
  body text not null,
  published_at bigint not null
);
create index scenario_edition_of on scenario_edition (scenario, number);

-- A class plays by one seed (everybody gets the same order and the same chance); a group goes one run together.
create table scenario_room (
  id uuid primary key,
  -- six digits that people type in
  code text not null unique,
  -- class | group
  kind text not null,
  scenario text not null,
  edition uuid not null references scenario_edition (id),
  course text not null,
  class uuid,
  seed bigint not null,
  opened_by uuid not null references person (id),
  opened_at bigint not null,
  closed_at bigint
);
create index scenario_room_course on scenario_room (course, opened_at);

-- A run is edition + seed + inputs; everything else in the row is what replaying them gave.
create table scenario_run (
  id uuid primary key,
  -- eight characters by which anyone can play it again
  code text not null unique,
  scenario text not null,
  edition uuid not null references scenario_edition (id),
  seed bigint not null,
  -- own | class | group | practice
  kind text not null,
  room uuid,
  -- the run a practice branched off from
  from_run uuid,
  person uuid not null references person (id),
  -- whether it is what the figures count: the first of its holder
  first boolean not null,
  inputs text not null,
  steps bigint not null,
  ending text,
  ending_kind text,
  points bigint,
  most bigint,
  percent bigint,
  rule_version text not null,
  region text not null,
  started_at bigint not null,
  touched_at bigint not null,
  ended_at bigint,
  day bigint not null
);
create index scenario_run_person on scenario_run (person, scenario, started_at);
create index scenario_run_room on scenario_run (room);
create index scenario_run_figures on scenario_run (scenario, first);
create unique index scenario_run_once on scenario_run (person, scenario) where first;

-- Who went a run: one, or several of a group. Each writes the own 复盘.
create table scenario_player (
  run uuid not null references scenario_run (id),
  person uuid not null references person (id),
  enrolment uuid,
  answers text not null,
  pledge text not null,
  joined_at bigint not null,
  debriefed_at bigint,
  primary key (run, person)
);
create index scenario_player_person on scenario_player (person, joined_at);
