# Every route against its own document: the real program with the demo, driven by /openapi.json. Skipped, saying why, where a
# part is missing. `npm ci` in tests/contract brings the packages.
add_test(NAME contract COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh)
set_tests_properties(contract PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 480
    SKIP_RETURN_CODE 77)
add_test(NAME contract.keys COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh keys.test.mjs)
set_tests_properties(contract.keys PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 180
    SKIP_RETURN_CODE 77)
add_test(NAME contract.client_types COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh client_types.test.mjs)
set_tests_properties(contract.client_types PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 180
    SKIP_RETURN_CODE 77)
