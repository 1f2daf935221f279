-- Decisions taken back in a run, where its author allows that.
alter table scenario_run add column undone bigint not null default 0;

-- Wrong room codes, to limit guessing; a row is one try.
create table wrong_code (
  id uuid primary key,
  person uuid not null references person (id),
  at bigint not null
);
create index wrong_code_of on wrong_code (person, at);

-- What an observer counted in a room without devices: choices by situation, as a whole sheet.
create table scenario_sheet (
  id uuid primary key,
  scenario text not null,
  edition uuid not null references scenario_edition (id),
  -- how many groups played
  groups bigint not null,
  -- JSON: situation key -> choice key -> groups
  counts text not null,
  note text not null,
  noted_by uuid not null references person (id),
  occurred_on bigint not null,
  recorded_at bigint not null
);
create index scenario_sheet_of on scenario_sheet (edition, recorded_at);
