select id as dokumen, nama_berkas, ukuran, sha256
from penawaran
where paket = ?
order by dibuat, id
