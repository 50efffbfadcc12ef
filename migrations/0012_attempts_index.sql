-- A student's attempts at one assignment in the order they were received, without reading all that the student ever handed in.
set local role bw_owner;
drop index submissions_by_user;
create index submissions_by_user on submissions (tenant_id, user_id, assignment_id, received_at, submission_id);
reset role;
