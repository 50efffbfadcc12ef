#include <libpq-fe.h>
#include "pg/connection.hpp"
