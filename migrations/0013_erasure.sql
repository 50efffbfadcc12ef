-- What a person handed in can be erased: with the rows goes the key that the archive's copies are under.
set local role bw_owner;

grant delete on submissions, refused_submissions to bw_app;
