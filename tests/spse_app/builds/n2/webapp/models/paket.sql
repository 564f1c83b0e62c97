select id, kode, nama, satuan_kerja, tahapan,
       'Rp ' || replace(to_char(nilai_pagu, 'FM999,999,999,999,990'), ',', '.') as pagu,
       to_char(batas_penawaran at time zone 'Asia/Jakarta', 'DD-MM-YYYY HH24:MI') || ' WIB' as batas
from paket
where id = ?
