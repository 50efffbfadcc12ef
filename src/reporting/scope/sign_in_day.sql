select day, sign_ins, people from rollup.sign_in_day where tenant_id = {tenant} and {whole}
