-- One row: when the report is about. A day is one in the institution's zone.
select {as_of} as as_of, {today} as today, {zone} as zone
