select id, nama, left(isi, 300) as isi_pesan,
       to_char(dibuat at time zone 'Asia/Jakarta', 'DD-MM-YYYY HH24:MI:SS') as waktu
from pesan
order by id desc
limit 50
