select user_id, bytes from base.upload_usage where tenant_id = {tenant} and {whole}
