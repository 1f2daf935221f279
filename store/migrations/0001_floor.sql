-- The floor: places, people, courses, classes, enrolments, learning facts, the ledger, search, audit.
-- Times are milliseconds UTC, days are Shanghai day numbers, minutes and points are integers.

-- What this database is: origin (real | demo | synthetic), digest of the loaded content. One row a key.
create table setting (
  key text primary key,
  value text not null
);

-- Places. Dated rows; trees 'admin' and 'report'; ancestry only by region_closure.
create table region (
  code text primary key,
  parent text,
  level text not null,
  kind text not null,
  tree text not null,
  sort bigint not null,
  name text not null,
  short text not null,
  alias text not null,
  initials text not null,
  path text not null,
  from_day bigint not null,
  to_day bigint
);
create index region_parent on region (parent, sort);
create index region_initials on region (initials);

create table region_closure (
  tree text not null,
  ancestor text not null,
  descendant text not null,
  from_day bigint not null,
  to_day bigint,
  primary key (tree, ancestor, descendant, from_day)
);
create index region_closure_up on region_closure (descendant, ancestor);

-- Office names and help phones are data by region: the nearest one upwards counts.
create table office (
  region text primary key references region (code),
  name text not null,
  phone text not null
);

create table organisation (
  id uuid primary key,
  region text not null references region (code),
  name text not null,
  sort_key text not null,
  -- typed (by a learner, to be confirmed) | confirmed
  standing text not null,
  created_at bigint not null,
  created_by uuid
);
create index organisation_place on organisation (region, sort_key, id);

-- People. A mobile is ciphertext; its keyed digest is for equality only and may stand in several rows (couples share one).
create table person (
  id uuid primary key,
  name text not null,
  sort_key text not null,
  initials text not null,
  user_name text unique,
  password_hash text,
  mobile_cipher text,
  mobile_digest text,
  mobile_last4 text,
  mobile_key text,
  mobile_algorithm text,
  -- active | deactivated | merged
  standing text not null,
  merged_into uuid,
  failed_sign_ins bigint not null,
  locked_until bigint,
  must_change_password boolean not null,
  theme text not null,
  mode text not null,
  text_size text not null,
  privacy_version text,
  privacy_at bigint,
  created_at bigint not null,
  created_by uuid
);
create index person_mobile on person (mobile_digest);
create index person_sort on person (sort_key, id);

-- One community and one main organisation at a time, dated. Hours of an unconfirmed home wait as 待街道确认.
create table home (
  id uuid primary key,
  person uuid not null references person (id),
  region text not null references region (code),
  organisation uuid,
  post text not null,
  from_day bigint not null,
  to_day bigint,
  confirmed_at bigint,
  confirmed_by uuid
);
create index home_person on home (person, to_day);
create index home_region on home (region, to_day);

-- Further organisations a person belongs to, dated.
create table affiliation (
  id uuid primary key,
  person uuid not null references person (id),
  organisation uuid not null references organisation (id),
  post text not null,
  from_day bigint not null,
  to_day bigint
);
create index affiliation_person on affiliation (person);

create table role_grant (
  id uuid primary key,
  person uuid not null references person (id),
  -- domain::permission::Role::rank
  role bigint not null,
  region text not null references region (code),
  from_day bigint not null,
  to_day bigint,
  granted_by uuid,
  granted_at bigint not null
);
create index role_grant_person on role_grant (person, role);

-- One row a device. Only the hash of the token is stored.
create table session (
  id uuid primary key,
  person uuid not null references person (id),
  token_hash text not null unique,
  -- web | card | code | token
  kind text not null,
  device text not null,
  created_at bigint not null,
  seen_at bigint not null,
  expires_at bigint not null,
  revoked_at bigint
);
create index session_person on session (person, revoked_at);

-- One-time secrets: sign-in codes, learner cards, the link for the first administrator.
create table secret (
  id uuid primary key,
  -- code | card | setup
  kind text not null,
  person uuid,
  secret_hash text not null,
  created_at bigint not null,
  created_by uuid,
  expires_at bigint,
  used_at bigint,
  revoked_at bigint,
  failures bigint not null
);
create index secret_hash on secret (kind, secret_hash);
create index secret_person on secret (person, kind);

-- Append-only log of changes. A job seals rows into a hash chain (seal counts from 1).
create table audit (
  id uuid primary key,
  at bigint not null,
  actor uuid,
  action text not null,
  subject_kind text not null,
  subject text not null,
  region text,
  before_text text not null,
  after_text text not null,
  seal bigint unique,
  chain text
);
create index audit_subject on audit (subject, at);
create index audit_time on audit (at, id);

-- Who looked at whose data; the person can see it.
create table access (
  id uuid primary key,
  at bigint not null,
  day bigint not null,
  actor uuid not null,
  person uuid not null,
  what text not null
);
create unique index access_once on access (person, actor, what, day);

-- Rules as data.
create table policy (
  kind text not null,
  version text not null,
  from_day bigint not null,
  body text not null,
  primary key (kind, version)
);

create table course (
  code text primary key,
  slug text not null unique,
  title text not null,
  sort_key text not null,
  summary text not null,
  area text not null,
  level text not null,
  audience text not null,
  status text not null,
  sort bigint not null,
  in_person_minutes bigint not null,
  online_minutes bigint not null,
  field_minutes bigint not null,
  simulation_minutes bigint not null,
  total_minutes bigint not null,
  lessons bigint not null,
  cover text not null,
  edition uuid,
  opened_on bigint
);
create index course_area on course (area, sort, code);

-- An edition is immutable and kept whole; a revision replaces the words, never the keys and answers.
create table edition (
  id uuid primary key,
  course text not null,
  number bigint not null,
  revision bigint not null,
  digest text not null,
  body text not null,
  published_at bigint not null,
  unique (course, number, revision)
);

create table course_trainer (
  course text not null references course (code),
  person uuid not null references person (id),
  from_day bigint not null,
  to_day bigint,
  primary key (course, person, from_day)
);

-- 班次. Kind 'open' is the 自学班 of an edition: no dates, no seat limit.
create table class (
  id uuid primary key,
  kind text not null,
  course text not null references course (code),
  edition uuid not null references edition (id),
  title text not null,
  region text not null references region (code),
  policy_version text not null,
  policy_body text not null,
  -- open | closed to new enrolments
  status text not null,
  opened_at bigint not null
);
create index class_course on class (course, status);

create table enrolment (
  id uuid primary key,
  person uuid not null references person (id),
  class uuid not null references class (id),
  course text not null,
  state text not null,
  live boolean not null,
  -- frozen at enrolment
  region text not null,
  organisation uuid,
  by_person uuid,
  occurred_at bigint not null,
  recorded_at bigint not null,
  day bigint not null,
  completed_at bigint,
  -- the last thing the learner did, to list what to do next
  touched_at bigint not null
);
create unique index enrolment_live on enrolment (person, class) where live;
create index enrolment_person on enrolment (person, touched_at);
create index enrolment_class on enrolment (class, day);
create index enrolment_region on enrolment (region, day);

create table enrolment_move (
  id uuid primary key,
  enrolment uuid not null references enrolment (id),
  move text not null,
  actor uuid,
  reason text not null,
  occurred_at bigint not null,
  recorded_at bigint not null,
  day bigint not null
);
create index enrolment_move_of on enrolment_move (enrolment, occurred_at);

-- Facts about one learner and one lesson: opened | read.
create table lesson_fact (
  enrolment uuid not null references enrolment (id),
  lesson text not null,
  kind text not null,
  id uuid not null,
  occurred_at bigint not null,
  recorded_at bigint not null,
  day bigint not null,
  primary key (enrolment, lesson, kind)
);

-- One row an opened player. The set of played seconds only grows, until sealed.
create table playing (
  id uuid primary key,
  enrolment uuid not null references enrolment (id),
  person uuid not null,
  lesson text not null,
  edition uuid not null,
  opened_at bigint not null,
  last_at bigint not null,
  last_seq bigint not null,
  bucket_ms bigint not null,
  since_presence bigint not null,
  seen text not null,
  position bigint not null,
  sealed_at bigint,
  day bigint not null
);
create index playing_lesson on playing (enrolment, lesson, opened_at);
create index playing_person on playing (person, sealed_at);
create index playing_edition on playing (edition, lesson);

-- Raw beats, kept seven days for disputes.
create table beat (
  playing uuid not null,
  seq bigint not null,
  at bigint not null,
  spans text not null,
  outcome text not null,
  primary key (playing, seq)
);
create index beat_time on beat (at);

-- A paper drawn for a learner. lesson is '' for the course test.
create table attempt (
  id uuid primary key,
  enrolment uuid not null references enrolment (id),
  lesson text not null,
  edition uuid not null,
  seed bigint not null,
  paper text not null,
  drawn_at bigint not null,
  day bigint not null
);
create index attempt_of on attempt (enrolment, lesson, drawn_at);

-- A paper handed in: inputs and verdict.
create table submission (
  attempt uuid primary key references attempt (id),
  enrolment uuid not null,
  lesson text not null,
  answers text not null,
  points text not null,
  score bigint not null,
  max_score bigint not null,
  passed boolean not null,
  occurred_at bigint not null,
  recorded_at bigint not null,
  day bigint not null
);
create index submission_of on submission (enrolment, lesson);

-- Question results, one row a question asked, for the trainer's figures.
create table response (
  attempt uuid not null references attempt (id),
  place bigint not null,
  edition uuid not null,
  lesson text not null,
  question text not null,
  given text not null,
  points bigint not null,
  primary key (attempt, place)
);
create index response_question on response (edition, lesson, question);

-- 学时. lesson '' is the course test. One lesson grants hours once per requirement year.
create table ledger (
  id uuid primary key,
  person uuid not null references person (id),
  enrolment uuid not null,
  class uuid not null,
  course text not null,
  lesson text not null,
  area text not null,
  mode text not null,
  minutes bigint not null,
  evidence text not null,
  evidence_ref text not null,
  rule_version text not null,
  year bigint not null,
  region text not null,
  organisation uuid,
  occurred_at bigint not null,
  recorded_at bigint not null,
  day bigint not null,
  unique (person, course, lesson, year)
);
create index ledger_person on ledger (person, occurred_at);
create index ledger_day on ledger (person, day);
create index ledger_region on ledger (region, day);

-- Deltas of figures, written with their facts; a job folds them into roll_up. A reader adds both.
create table delta (
  id uuid primary key,
  measure text not null,
  region text not null,
  organisation uuid,
  class uuid,
  day bigint not null,
  area text not null,
  mode text not null,
  n bigint not null
);
create index delta_day on delta (day);

create table roll_up (
  measure text not null,
  region text not null,
  class uuid not null,
  day bigint not null,
  area text not null,
  mode text not null,
  n bigint not null,
  primary key (measure, region, class, day, area, mode)
);

-- Search: passages of at most 500 characters as spaced single characters, and their pinyin initials.
create table passage (
  id bigint primary key,
  kind text not null,
  course text not null,
  lesson text not null,
  anchor text not null,
  title text not null,
  body text not null,
  is_title boolean not null
);
create index passage_course on passage (course);

-- only sqlite
create virtual table passage_text using fts5 (words, initials, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc So Sk'");
-- end
-- only postgres
create table passage_text (
  rowid bigint primary key,
  words text not null,
  initials text not null,
  words_v tsvector generated always as (to_tsvector('simple', words)) stored,
  initials_v tsvector generated always as (to_tsvector('simple', initials)) stored
);
create index passage_words on passage_text using gin (words_v);
create index passage_initials on passage_text using gin (initials_v);
-- end

create table job (
  key text primary key,
  kind text not null,
  body text not null,
  due_at bigint not null,
  lease_until bigint,
  attempts bigint not null,
  done_at bigint,
  failure text not null
);
create index job_due on job (done_at, due_at);
