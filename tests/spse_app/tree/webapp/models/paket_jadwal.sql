select tahapan as urutan, nama as nama_tahap,
       to_char(mulai at time zone 'Asia/Jakarta', 'DD-MM-YYYY HH24:MI') as mulai,
       to_char(selesai at time zone 'Asia/Jakarta', 'DD-MM-YYYY HH24:MI') as selesai
from jadwal
where paket = ?
order by tahapan
