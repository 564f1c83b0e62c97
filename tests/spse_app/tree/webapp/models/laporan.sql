select (select count(*) from paket) as jumlah_paket,
       (select count(*) from penawaran) as jumlah_penawaran,
       pg_sleep(?) as jeda
