#include "pg/values.hpp"
#include "pg/connection.hpp"
#include "pg/migrate.hpp"
