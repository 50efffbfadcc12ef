#include "pg/connection.hpp"
#include "net/http.hpp"
#include <postgresql/libpq-fe.h>
