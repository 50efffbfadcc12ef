// A value in PostgreSQL's binary format, as the store's appender takes it. For this module's
// sources alone.
#pragma once

#include "columnar/appender.hpp"
#include "pg/pgoutput.hpp"
#include "reporting/mirrored.hpp"

namespace bw::reporting {

/// Of a field in which fault_in() found nothing; `unchanged` goes as NULL.
void append(columnar::Appender& appender, ColumnType type, const pg::pgoutput::Field& field);

} // namespace bw::reporting
