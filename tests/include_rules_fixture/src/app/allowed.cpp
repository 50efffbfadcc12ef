#include "auth/x.hpp"
#include "pg/connection.hpp"
#include "net/http.hpp"
