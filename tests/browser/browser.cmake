# What browsers run is built once for all of these tests: the client library and the web app.
add_test(NAME web.build COMMAND ${CMAKE_SOURCE_DIR}/web/app/test/build.sh)
set_tests_properties(web.build PROPERTIES FIXTURES_SETUP web_built TIMEOUT 120 SKIP_RETURN_CODE 77)

# The browser checks: the real program, Debian's chromium, one page each. Skipped, saying why, where a part is missing.
# `npm ci` in tests/browser brings the packages; chromium and nodejs come from Debian.
# browser is of plain_page, browser_reference of reference_page, app_student of app_student.test.mjs.
file(GLOB checks CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.test.mjs)
set(names "")
foreach(check ${checks})
    cmake_path(GET check FILENAME file)
    string(REGEX REPLACE "(_page)?[.]test[.]mjs$" "" name ${file})
    if(NOT name MATCHES "^app_")
        string(REGEX REPLACE "^browser_plain$" "browser" name browser_${name})
    endif()
    add_test(NAME ${name} COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh ${file})
    list(APPEND names ${name})
endforeach()
set_tests_properties(${names} PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo;BW_DIFFERENCES=${CMAKE_BINARY_DIR}/browser-shots;BW_WEB_BUILT=yes;BW_LADDER=${CMAKE_BINARY_DIR}/live-ladder"
    LABELS browser
    TIMEOUT 300
    FIXTURES_REQUIRED "web_built;demo"
    SKIP_RETURN_CODE 77
    RUN_SERIAL TRUE)
# The client library without a browser: types, and its parts against a server, stores and clocks that a test drives.
add_test(NAME client COMMAND ${CMAKE_SOURCE_DIR}/web/client/test/run.sh)
set_tests_properties(client PROPERTIES ENVIRONMENT BW_WEB_BUILT=yes FIXTURES_REQUIRED web_built TIMEOUT 120 SKIP_RETURN_CODE 77)
# The web app without a browser: types, texts of all languages, the weight of the first load.
add_test(NAME app COMMAND ${CMAKE_SOURCE_DIR}/web/app/test/run.sh)
set_tests_properties(app PROPERTIES ENVIRONMENT BW_WEB_BUILT=yes FIXTURES_REQUIRED web_built TIMEOUT 120 SKIP_RETURN_CODE 77)
