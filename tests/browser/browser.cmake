# The browser checks: the real program, Debian's chromium, one page each. Skipped, saying why, where a part is missing.
# `npm ci` in tests/browser brings the packages; chromium and nodejs come from Debian.
add_test(NAME browser COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh)
add_test(NAME browser_reference COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh reference_page.test.mjs)
add_test(NAME browser_verify COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh verify_page.test.mjs)
add_test(NAME browser_password COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh password_page.test.mjs)
add_test(NAME browser_client COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh client.test.mjs)
add_test(NAME browser_client_events COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh client_events.test.mjs)
set_tests_properties(browser browser_reference browser_verify browser_password browser_client browser_client_events PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_SHOTS=${CMAKE_BINARY_DIR}/browser-shots"
    LABELS browser
    TIMEOUT 180
    SKIP_RETURN_CODE 77
    RUN_SERIAL TRUE)
# The client library without a browser: types, and its parts against a server, stores and clocks that a test drives.
add_test(NAME client COMMAND ${CMAKE_SOURCE_DIR}/web/client/test/run.sh)
set_tests_properties(client PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77)
