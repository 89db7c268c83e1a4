# The providers of the service and their contacts.
providers-title = Service providers
providers-text = This state service is provided by the education administrations of the capital and of cities of republican significance, and by the education departments of districts and of cities of oblast significance. Requests are made on the portal: there is no need to come.
providers-address = Address
providers-phone = Telephone
providers-email = E-mail
providers-hours = Opening hours
providers-head = Head
providers-codes = BIN, KATO code
providers-former = Former offices
providers-former-until = { $name } (until { $day })
