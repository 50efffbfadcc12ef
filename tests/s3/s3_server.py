#!/usr/bin/python3
"""An S3 server for tests: OpenStack Swift's proxy, account, container and object servers in this one process, with s3api before them
and a fault proxy before that. Usage: s3_server.py DIR. DIR must be on a file system with user extended attributes. Runs until SIGTERM, or
until the process that started it dies. Writes `DIR/address` when it is ready.

The fault proxy reads DIR/fault before each request: "500 N" answers N requests with 500 (and counts down in memory), "404 N" so with 404, "slow MS" waits;
anything else passes on."""
import ctypes
import os
import signal
import socket
import sys
import time

BASE = os.path.realpath(sys.argv[1])
KINDS = ('account', 'container', 'object')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def write(name, text):
    with open(os.path.join(BASE, name), 'w', encoding='utf-8') as f:
        f.write(text)


def configure(ports):
    from swift.common.ring import RingBuilder
    for d in ('srv/d1', 'cache'):
        os.makedirs(os.path.join(BASE, d), mode=0o700, exist_ok=True)
    write('swift.conf', '[swift-hash]\nswift_hash_path_prefix = bwtest\nswift_hash_path_suffix = bwtest\n'
                        '[storage-policy:0]\nname = one\ndefault = yes\n')
    for kind in KINDS:
        write(f'{kind}-server.conf', f'''[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {ports[kind]}
workers = 0
swift_dir = {BASE}
devices = {BASE}/srv
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_address = {BASE}/nolog
recon_cache_path = {BASE}/cache
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
''')
        ring = RingBuilder(4, 1, 0)
        ring.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': ports[kind], 'device': 'd1', 'weight': 1.0,
                      'replication_ip': '127.0.0.1', 'replication_port': ports[kind], 'meta': ''})
        ring.rebalance()
        ring.get_ring().save(os.path.join(BASE, f'{kind}.ring.gz'))
    filters = ''.join(f'[filter:{name}]\nuse = egg:swift#{egg}\n{more}' for name, egg, more in (
        ('catch_errors', 'catch_errors', ''), ('gatekeeper', 'gatekeeper', ''), ('healthcheck', 'healthcheck', ''),
        ('cache', 'memcache', 'memcache_servers = 127.0.0.1:1\n'), ('listing_formats', 'listing_formats', ''),
        ('s3api', 's3api', 'location = us-east-1\n'), ('tempauth', 'tempauth', 'user_bw_app = SECRETKEY .admin\n'),
        ('copy', 'copy', ''), ('bulk', 'bulk', ''), ('slo', 'slo', ''), ('dlo', 'dlo', ''), ('symlink', 'symlink', ''),
        ('versioned_writes', 'versioned_writes', 'allow_object_versioning = true\n')))
    write('proxy-server.conf', f'''[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {ports['proxy']}
workers = 0
swift_dir = {BASE}
log_address = {BASE}/nolog
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy bulk slo dlo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 20
{filters}''')


def serve(ports, front):
    import eventlet
    from swift.common import utils, wsgi
    utils.eventlet_monkey_patch()
    from eventlet import wsgi as ewsgi
    from swift.common.http_protocol import SwiftHttpProtocol
    os.environ['TZ'] = 'UTC+0'
    time.tzset()
    utils.set_swift_dir(BASE)
    for kind in KINDS + ('proxy',):
        app = wsgi.loadapp(f'{BASE}/{kind}-server.conf', global_conf={'log_name': kind})
        sock = eventlet.listen(('127.0.0.1', ports[kind]), backlog=512)
        if kind == 'proxy':
            app = Faults(app)
        eventlet.spawn(ewsgi.server, sock, app, wsgi.NullLogger(), protocol=SwiftHttpProtocol,
                       custom_pool=eventlet.GreenPool(256), capitalize_response_headers=False)
    write('address.tmp', f'http://127.0.0.1:{front}')
    os.rename(f'{BASE}/address.tmp', f'{BASE}/address')
    while True:
        eventlet.sleep(3600)


class Faults:
    """Before Swift: fails as the file says."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        import eventlet
        word, number = self.fault()
        if word in ('404', '500'):
            self.count_down(word, number)
            start_response(f'{word} Fault', [('Content-Length', '0'), ('Connection', 'close')])
            return [b'']
        if word == 'slow':
            eventlet.sleep(number / 1000)
        return self.app(environ, start_response)

    @staticmethod
    def fault():
        try:
            with open(f'{BASE}/fault', encoding='utf-8') as f:
                word, number = f.read().split()
                return word, int(number)
        except (OSError, ValueError):
            return '', 0

    @staticmethod
    def count_down(word, number):
        if number > 1:
            write('fault', f'{word} {number - 1}')
        else:
            os.unlink(f'{BASE}/fault')


def main():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGTERM, lambda *a: os._exit(0))
    ports = {kind: free_port() for kind in KINDS + ('proxy',)}
    configure(ports)
    serve(ports, ports['proxy'])


main()
