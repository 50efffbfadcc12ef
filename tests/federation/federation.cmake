# Sign-in at a real OpenID provider through the real program. Skipped, saying why, where a part is missing. `npm ci` in
# tests/federation brings the packages.
add_test(NAME federation.provider COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh)
set_tests_properties(federation.provider PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 300
    SKIP_RETURN_CODE 77)
