select nama, kata_sandi
from pengguna
where nama = ?
